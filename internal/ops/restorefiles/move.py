"""Moves what AWS Backup has restored from its folder back to where it was, on a node.

  move.py ROOT look                          prints the folders of restores
  move.py ROOT move FOLDER KEEP [PATH]       moves what is in FOLDER; KEEP is newer or nothing

The answer is one line of JSON. An interrupted run is started again: what is moved is gone from FOLDER. Each directory
is opened by its name in the one above it, never through a link and never in another file system, so that a link in
the restored data, or one that appears meanwhile, leads nowhere.
"""
import errno
import fcntl
import json
import os
import re
import resource
import stat
import sys

FOLDER = re.compile(r"aws-backup-restore_[A-Za-z0-9_.:+-]+\Z")
AGREED = ".morpheus-node"
SHOWN = 20
LOCKED, REFUSED = 3, 4


def refuse(text, status=REFUSED):
    print(text, file=sys.stderr)
    sys.exit(status)


def directory(name, parent=None):
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)


def look(name, parent):
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None


class Move:
    def __init__(self, root, keep_newer):
        self.device = os.fstat(root).st_dev
        self.keep_newer = keep_newer
        self.moved = self.replaced = self.kept = self.left_out = 0
        self.conflicts = []

    def tree(self, source, target, path):
        """Moves what is in the directory source into the directory target. Both are descriptors."""
        for name in sorted(os.listdir(source)):
            here = os.path.join(path, name)
            if not path and (name == AGREED or FOLDER.match(name)):
                self.left_out += self.remove(name, source)
                continue
            new = look(name, source)
            if new is None:
                continue
            if stat.S_ISDIR(new.st_mode):
                self.folder(name, source, target, here)
            else:
                self.file(name, new, source, target, here)

    def folder(self, name, source, target, path):
        old = look(name, target)
        if old is None:
            count = self.count(name, source)
            try:
                # Of a directory that appears meanwhile, rename replaces only an empty one.
                os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
                self.moved += count
                return
            except OSError as e:
                if e.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise
            old = look(name, target)
        if old is None or not stat.S_ISDIR(old.st_mode) or old.st_dev != self.device:
            self.conflict(path, "a folder in the backup, and now something else")
            return
        below, into = directory(name, source), directory(name, target)
        try:
            self.tree(below, into, path)
        finally:
            os.close(below)
            os.close(into)
        try:
            os.rmdir(name, dir_fd=source)
        except OSError as e:
            if e.errno != errno.ENOTEMPTY:
                raise  # it keeps conflicts

    def file(self, name, new, source, target, path):
        old = look(name, target)
        if old is None and self.place(name, new, source, target):
            self.moved += 1
            return
        old = look(name, target)
        if old is not None and stat.S_ISDIR(old.st_mode):
            self.conflict(path, "a file in the backup, and now a folder")
        elif old is not None and (old.st_ino, old.st_dev) == (new.st_ino, new.st_dev):
            os.unlink(name, dir_fd=source)  # an earlier run was interrupted between the two names
            self.moved += 1
        elif old is not None and self.keep_newer and old.st_mtime_ns >= new.st_mtime_ns:
            os.unlink(name, dir_fd=source)
            self.kept += 1
        else:
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
            self.replaced += 1

    def place(self, name, new, source, target):
        """Gives a file its old name, unless somebody has taken that meanwhile: a hard link replaces nothing."""
        if not stat.S_ISREG(new.st_mode):
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
            return True
        try:
            os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as e:
            if e.errno not in (errno.EMLINK, errno.EPERM, errno.ENOTSUP):
                raise
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
            return True
        os.unlink(name, dir_fd=source)
        return True

    def conflict(self, path, text):
        self.conflicts.append("%s: %s" % (ascii(path), text))

    def count(self, name, parent):
        fd = directory(name, parent)
        try:
            total = 0
            for below in os.listdir(fd):
                info = look(below, fd)
                if info is not None:
                    total += self.count(below, fd) if stat.S_ISDIR(info.st_mode) else 1
            return total
        finally:
            os.close(fd)

    def remove(self, name, parent):
        """Deletes a copy that must not come back, and returns its number of files."""
        info = look(name, parent)
        if not stat.S_ISDIR(info.st_mode):
            os.unlink(name, dir_fd=parent)
            return 1
        fd = directory(name, parent)
        try:
            total = sum(self.remove(below, fd) for below in os.listdir(fd))
        finally:
            os.close(fd)
        os.rmdir(name, dir_fd=parent)
        return total


def lock(root):
    try:
        os.mkdir(AGREED, 0o700, dir_fd=root)
    except FileExistsError:
        pass
    agreed = directory(AGREED, root)
    held = os.open("restore.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=agreed)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        refuse("another run moves files on this file system", LOCKED)


def only(folder, path):
    """Refuses a folder with more than the path: a job for a path restores nothing else."""
    at = os.dup(folder)
    for part in path.split("/"):
        names = os.listdir(at)
        if not names:
            break  # an interrupted run has moved what was here
        if names != [part]:
            refuse("the folder must have %s and nothing else, and has %s beside it" % (ascii(path), ascii(names[:SHOWN])))
        if not stat.S_ISDIR(look(part, at).st_mode):
            break
        below = directory(part, at)
        os.close(at)
        at = below
    os.close(at)


def main():
    sys.setrecursionlimit(10000)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    root = directory(sys.argv[1])
    if sys.argv[2] == "look":
        found = [n for n in sorted(os.listdir(root)) if FOLDER.match(n) and stat.S_ISDIR(look(n, root).st_mode)]
        print(json.dumps({"folders": found}))
        return
    name, keep = sys.argv[3], sys.argv[4]
    path = sys.argv[5] if len(sys.argv) > 5 else ""
    if not FOLDER.match(name) or keep not in ("newer", "nothing"):
        refuse("usage: move.py ROOT look | move FOLDER newer|nothing [PATH]")
    lock(root)
    move = Move(root, keep == "newer")
    if look(name, root) is not None:
        folder = directory(name, root)
        if path and os.listdir(folder):
            only(folder, path)
        move.tree(folder, root, "")
        os.close(folder)
        if not move.conflicts:
            os.rmdir(name, dir_fd=root)
    print(json.dumps({
        "moved": move.moved, "replaced": move.replaced, "kept": move.kept, "leftOut": move.left_out,
        "conflicts": move.conflicts[:SHOWN], "conflictCount": len(move.conflicts),
    }))


main()
