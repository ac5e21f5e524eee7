#!/usr/bin/env bash
# Takes a node from a bare image to a serving Morpheus node, and tells the auto scaling group how it went. Run by
# morpheus-node-boot.service at every start of the machine; on a node that is complete it changes nothing.
#
#   boot.sh            all steps of steps.tsv, in their order
#   boot.sh step NAME  one step by itself: how the first form runs each of them
set -euo pipefail
umask 077

LIB=$(dirname "$(readlink -f "$0")")
for part in common aws tools storage database broker appliance checks diagnostics; do
  # shellcheck source=/dev/null
  . "$LIB/$part.sh"
done
read_settings

# run_step NAME BOUND: a process of its own. Its bound can end it, and `set -e` holds inside it, which it does not inside a
# function whose status is looked at.
run_step() {
  local name=$1 bound=$2 start=$EPOCHREALTIME status=0
  rm -f "$RUN/reason"
  log "step $name: begins, at most $bound s"
  # In memory first: on a full disk the log cannot be written, and the step must fail by what it did, not by what it said.
  STEP=$name STEP_BOUND=$bound timeout --kill-after=10 "$bound" "$LIB/boot.sh" step "$name" \
    >"$RUN/step.log" 2>&1 8>&- || status=$?
  # The log is sent to CloudWatch, and what a step ran may have shown a password.
  {
    redact <"$RUN/step.log" >"$RUN/step.clean" || echo "step $name: what it said could not be cleared of secrets" >"$RUN/step.clean"
    cat "$RUN/step.clean" >>"$LOG"
  } 2>/dev/null || true
  if ((status == 0)); then
    log "step $name: done in $(seconds_since "$start") s"
    return
  fi
  if ((status == 124 || status == 137)); then
    because "step $name took longer than its bound of $bound s"
  elif [[ ! -s $RUN/reason ]]; then
    because "step $name ended with status $status: $(tail -n 1 "$RUN/step.log")"
  fi
  # What fails on a full disk seldom says so.
  if (($(free_mib) < 5)); then
    because "$(cat "$RUN/reason"); the root volume has $(free_mib) MiB free"
  fi
  log "step $name: FAILED after $(seconds_since "$start") s: $(reason)"
  return 1
}

# lock BOUND: the steps between the first and the last locked one run on one node at a time. The lock is the kernel's
# (flock, which NFS carries to EFS): it goes when its holder does, however it dies. A step that runs keeps it too, so that
# nobody begins while a reconfigure whose parent was killed goes on; what a step starts must not have it (see foreign).
lock() {
  local start=$EPOCHREALTIME folder=$SHARED/.morpheus-node probe=$(($1 < 60 ? $1 : 60)) status=0
  log "step lock: waits for its turn, at most $1 s"
  # A file system that has stalled holds whoever touches it, for ever: a child that can be killed goes first.
  # shellcheck disable=SC2016 # expanded by the child
  shared "$probe" bash -c 'install -d -m 0700 "$1" && : >>"$1/lock"' - "$folder" || status=$?
  if ((status != 0)); then
    because "the file system $FILE_SYSTEM_ID did not take the lock's file within $probe s (status $status)"
  elif ! { exec 9>>"$folder/lock" && shared $(($1 + 60)) flock --wait "$1" 9; }; then
    status=1
    because "another node held the lock for $1 s; who: $(shared "$probe" tail -n 1 "$folder/holder" || echo unknown)"
  fi
  if ((status != 0)); then
    log "step lock: FAILED: $(reason)"
    return 1
  fi
  shared "$probe" tee "$folder/holder" <<<"$(date -u +%FT%TZ) $(fact instance-id)" >/dev/null 9>&- || true
  log "step lock: done in $(seconds_since "$start") s"
}

# shared SECONDS COMMAND...: what touches the shared file system in this process's stead.
shared() { timeout --kill-after=5 "$@" 2>/dev/null; }

main() {
  local name bound locked held=0 start=$EPOCHREALTIME
  make_folders
  exec 8>"$RUN/boot.lock"
  flock --nonblock 8 || { log "another boot runs on this node"; exit 0; }
  log "boot begins: ${GROUP_NAME}, package $(basename "${PACKAGE_URL%%\?*}")"
  heartbeats $$ 8>&- &
  beating=$!
  trap 'kill "$beating" 2>/dev/null || true' EXIT

  while IFS=$'\t' read -r name bound locked <&3; do
    if ((held && !locked)); then
      exec 9>&-
      held=0
    elif ((locked && !held)); then
      lock "$LOCK_BOUND" || fail lock
      held=1
    fi
    run_step "$name" "$bound" 3<&- || fail "$name"
  done 3<"$LIB/steps.tsv"
  log "boot done in $(seconds_since "$start") s"
}

# fail STEP ends the boot: the lock first, so that the others need not wait for the report.
fail() {
  exec 9>&-
  report "$1" || log "the report could not be sent"
  abandon
  exit 1
}

case ${1:-} in
  '') main ;;
  step)
    # A command that nobody expected to fail is named as it is written here, without what its variables hold.
    set -E
    trap 'because "$(basename "${BASH_SOURCE[0]}") line $LINENO: this failed: $BASH_COMMAND"' ERR
    "step_${2//-/_}"
    ;;
  *) echo "usage: $0 [step NAME]" >&2 && exit 2 ;;
esac
