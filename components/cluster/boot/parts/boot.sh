#!/usr/bin/env bash
# Turns a new instance into a serving Morpheus node and reports the result to the auto scaling group.
# morpheus-node-boot.service runs it at every start of the machine. On a complete node it changes nothing.
#
#   boot.sh            runs all steps of steps.tsv in order
#   boot.sh step NAME  runs one step; the first form runs each step this way
set -euo pipefail
umask 077

LIB=$(dirname "$(readlink -f "$0")")
for part in common aws load diagnostics tools storage database broker appliance checks; do
  # Those from tools on exist after the step "files".
  # shellcheck source=/dev/null
  [[ ! -e $LIB/$part.sh ]] || . "$LIB/$part.sh"
done
read_settings

# The step that runs, for a boot that is stopped, and its process.
current=start running=

# run_step NAME LIMIT runs a step as a process of its own, so that its time limit can end it and `set -e` works in
# it. In a function whose status is tested, `set -e` has no effect.
run_step() {
  local name=$1 bound=$2 start=$EPOCHREALTIME status=0
  current=$name
  rm -f "$RUN/reason"
  log "step $name: started, time limit $bound s"
  # The output goes to memory first: on a full disk, writing the log must not be what fails the step.
  STEP=$name STEP_BOUND=$bound timeout --kill-after=10 "$bound" "$LIB/boot.sh" step "$name" \
    >"$RUN/step.log" 2>&1 8>&- &
  running=$!
  # A trap runs during `wait`, but not while a command runs in the foreground.
  wait "$running" || status=$?
  running=
  # The log goes to CloudWatch, and a program that the step ran may have printed a password.
  {
    redact <"$RUN/step.log" >"$RUN/step.clean" ||
      echo "step $name: its output could not be redacted" >"$RUN/step.clean"
    cat "$RUN/step.clean" >>"$LOG"
  } 2>/dev/null || true
  if ((status == 0)); then
    log "step $name: done in $(seconds_since "$start") s"
    return
  fi
  if ((status == 124 || status == 137)); then
    because "step $name exceeded its time limit of $bound s"
  elif [[ ! -s $RUN/reason ]]; then
    because "step $name ended with status $status: $(tail -n 1 "$RUN/step.log")"
  fi
  # Errors that are caused by a full disk rarely say so.
  if (($(free_mib) < 5)); then
    because "$(cat "$RUN/reason"); the root volume has $(free_mib) MiB free"
  fi
  log "step $name: FAILED after $(seconds_since "$start") s: $(reason)"
  return 1
}

# lock LIMIT lets the locked steps run on one node at a time. It is a kernel lock (flock, which NFS passes on to
# EFS), so it is released however its holder dies. A running step inherits it, so that no other node starts while a
# reconfigure whose parent was killed still runs. Programs that a step starts must not inherit it (see foreign).
lock() {
  local start=$EPOCHREALTIME folder=$SHARED/.morpheus-node probe=$(($1 < 60 ? $1 : 60)) status=0
  current=lock
  log "step lock: waiting for other nodes, time limit $1 s"
  # A process that accesses a stalled file system hangs forever. A child that can be killed tries it first.
  # shellcheck disable=SC2016 # expanded by the child
  shared "$probe" bash -c 'install -d -m 0700 "$1" && : >>"$1/lock"' - "$folder" || status=$?
  if ((status != 0)); then
    because "the lock file could not be created on the file system $FILE_SYSTEM_ID within $probe s (status $status)"
  elif ! { exec 9>>"$folder/lock" && shared $(($1 + 60)) flock --wait "$1" 9; }; then
    status=1
    because "another node held the lock for $1 s; holder:" \
      "$(shared "$probe" tail -n 1 "$folder/holder" || echo unknown)"
  elif ! shared "$probe" tee "$folder/holder" <<<"$(date -u +%FT%TZ) $(fact instance-id)" >/dev/null 9>&-; then
    status=1
    because "the lock's holder could not be written on the file system $FILE_SYSTEM_ID within $probe s"
  fi
  if ((status != 0)); then
    log "step lock: FAILED: $(reason)"
    return 1
  fi
  log "step lock: done in $(seconds_since "$start") s"
}

main() {
  local name bound locked held=0 start=$EPOCHREALTIME
  make_folders
  exec 8>"$RUN/boot.lock"
  # 75 is EX_TEMPFAIL: try again later.
  flock --nonblock 8 || { log "another boot is running on this node"; exit 75; }
  log "boot started: ${GROUP_NAME}, package $(basename "${PACKAGE_URL%%\?*}")"
  heartbeats $$ 8>&- &
  beating=$!
  trap 'kill "$beating" 2>/dev/null || true' EXIT
  trap stopped TERM

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

# stopped ends a boot that systemd stops, for example when the machine shuts down.
stopped() {
  [[ -z $running ]] || { kill "$running" 2>/dev/null && wait "$running"; } || true
  because "the boot was stopped by SIGTERM"
  fail "$current"
}

# fail STEP ends the boot. It releases the lock first, so that other nodes do not wait for the report. SIGTERM must
# not end the report. It is caught, not ignored: the children would ignore it too, and their time-outs need it.
fail() {
  trap : TERM
  exec 9>&-
  report "$1" || log "the report could not be sent"
  abandon
  exit 1
}

case ${1:-} in
  '') main ;;
  step)
    # The reason of an unexpected failure shows the command as written, without the values of its variables.
    set -E
    trap 'because "$(basename "${BASH_SOURCE[0]}") line $LINENO failed: $BASH_COMMAND"' ERR
    "step_${2//-/_}"
    ;;
  *) echo "usage: $0 [step NAME]" >&2 && exit 2 ;;
esac
