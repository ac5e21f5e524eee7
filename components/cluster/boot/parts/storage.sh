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
