# shellcheck shell=bash
# The shared file system: EFS over TLS, mounted with the node's role.

step_mount() {
  install -d "$SHARED"
  mount_at_boot
  if ! mountpoint --quiet "$SHARED"; then
    retry "$(most)" "mount of $FILE_SYSTEM_ID" mount_shared ||
      die "the file system $FILE_SYSTEM_ID cannot be mounted: $(last_words "$RUN/mount.err")"
  fi
  shared_works || die "the file system $FILE_SYSTEM_ID is mounted but not writable: $(last_words "$RUN/mount.err")"
  [[ -z ${FILES_RESTORED:-} ]] || restored_files
}

# restored_files moves what AWS Backup has restored to the root of the file system: it restores into a folder, also of a
# new file system. The nodes wait for each other, before any appliance starts. What AWS Backup restores later, of the file
# system in use, stays: the name of the folder that counts is kept.
restored_files() {
  local folder=$SHARED/.morpheus-node
  # shellcheck disable=SC2016 # expanded by the child
  shared 200 flock "$folder/restored.lock" bash -c '
    set -euo pipefail
    cd "$1"
    if [[ ! -s .morpheus-node/restored ]]; then
      shopt -s nullglob
      found=(aws-backup-restore_*)
      ((${#found[@]} == 1)) || { echo "found ${#found[@]} folders of AWS Backup instead of 1" >.morpheus-node/problem; exit 1; }
      printf "%s\n" "${found[0]}" >.morpheus-node/restored.new
      mv .morpheus-node/restored.new .morpheus-node/restored
    fi
    from=$(cat .morpheus-node/restored)
    [[ -d $from ]] || exit 0
    rm -rf "$from/.morpheus-node"
    find "$from" -mindepth 1 -maxdepth 1 -exec mv --no-clobber --target-directory=. -- {} + || true
    rmdir "$from" || { echo "$from has names that exist outside of it" >.morpheus-node/problem; exit 1; }
    rm -f .morpheus-node/problem' - "$SHARED" ||
    die "the restored files of $FILE_SYSTEM_ID cannot be moved to its root:" \
      "$(shared 20 cat "$folder/problem" || echo "it took too long")"
}

mount_shared() {
  timeout 120 mount -t efs -o "tls,iam,noresvport$SYNC_OPTION" "$FILE_SYSTEM_ID:/" "$SHARED" 2>"$RUN/mount.err"
}

# lock_is_held is false when this node has lost the lock: EFS releases it without notice when a client is
# disconnected for longer than its lease. Then the kernel refuses it, or another node has written its ID.
lock_is_held() {
  shared 20 flock --nonblock 9 &&
    [[ $(shared 20 cat "$SHARED/.morpheus-node/holder") == *" $(fact instance-id)" ]]
}

# mount_at_boot makes systemd mount the file system before Morpheus starts after a reboot. Without the mount
# Morpheus does not start: it would write its files to the local disk.
mount_at_boot() {
  local line unit=/etc/systemd/system/morpheus-runsvdir.service.d/shared.conf
  line="$FILE_SYSTEM_ID:/ $SHARED efs _netdev,nofail,tls,iam,noresvport$SYNC_OPTION 0 0"
  grep -qxF "$line" /etc/fstab || printf '%s\n' "$line" >>/etc/fstab
  if [[ ! -e $unit ]]; then
    install -d "$(dirname "$unit")"
    printf '[Unit]\nRequiresMountsFor=%s\n' "$SHARED" | write "$unit" 0644
  fi
}

# shared_works writes, reads and removes a file on the shared file system.
shared_works() {
  local file
  install -d -m 0700 "$SHARED/.morpheus-node" 2>"$RUN/mount.err" || return
  file="$SHARED/.morpheus-node/$(fact instance-id)"
  { date -u >"$file" && [[ -s $file ]] && rm "$file"; } 2>"$RUN/mount.err"
}
