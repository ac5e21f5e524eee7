# shellcheck shell=bash
# Used by every part: settings, log, failure reasons, retries.

# In memory, for root only: secrets, instance facts, the reason of a failure.
RUN=/run/morpheus-node${RUN_NAME:+/$RUN_NAME}
# Survives reboots: what has been done.
STATE=/var/lib/morpheus-node
# Must never contain a secret.
LOG=/var/log/morpheus-node/${LOG_NAME:-boot}.log
# Downloads.
CACHE=/var/cache/morpheus-node
# The shared file system.
SHARED=/var/opt/morpheus/morpheus-ui
# The secrets that the first reconfigure of the first node generates.
GENERATED=/etc/morpheus/morpheus-secrets.json
# shellcheck disable=SC2034 # used by the parts
readonly RUN STATE LOG CACHE SHARED GENERATED

read_settings() {
  # shellcheck source=/dev/null
  . "$LIB/node.conf"
  export AWS_DEFAULT_REGION=$REGION AWS_PAGER='' AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=4
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
  export HOME=/root
}

make_folders() {
  install -d -m 0700 "$RUN" "$RUN/secret" "$STATE" "$CACHE"
  install -d -m 0750 "$(dirname "$LOG")"
}

# log TEXT... writes to the log file and, through the unit, to the journal and the serial console. It never fails.
log() {
  local line
  line="$(date -u +%FT%T.%3NZ) $*"
  printf '%s\n' "$line"
  if [[ -z ${STEP:-} ]]; then
    { printf '%s\n' "$line" >>"$LOG"; } 2>/dev/null || true
  fi
}

# because TEXT... stores the reason of a failure for the report: one line, understandable for people.
because() { printf '%s\n' "$*" >"$RUN/reason"; }

die() {
  because "$*"
  log "$*"
  exit 1
}

fact() { cat "$RUN/facts/$1" 2>/dev/null || echo unknown; }

# free_mib prints the free space of the root volume in MiB.
free_mib() { df --output=avail --block-size=1M / | tail -n 1 | tr -d ' '; }

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f", b - a}'; }

# most prints how many seconds a step may still retry: 80% of its time limit. The rest is for the report of the reason.
most() {
  local left=$((STEP_BOUND * 8 / 10 - SECONDS))
  echo $((left > 1 ? left : 1))
}

# retry SECONDS WHAT COMMAND... repeats the command until it succeeds or the time is over. Pauses double up to 20 s,
# with jitter, so that nodes do not retry at the same moment. Status 9 of the command ends it: another try would not
# help.
retry() {
  local limit=$1 what=$2 pause=1 start=$SECONDS status wait
  shift 2
  while true; do
    status=0
    "$@" || status=$?
    ((status != 0)) || return 0
    wait=$((pause + RANDOM % (pause + 1)))
    if ((status == 9 || SECONDS - start + wait > limit)); then
      log "$what: failed after $((SECONDS - start)) s"
      return 1
    fi
    log "$what: retrying in $wait s"
    sleep "$wait"
    pause=$((pause < 10 ? pause * 2 : 20))
  done
}

# foreign COMMAND... runs a program that is not part of the boot: with the usual umask, and without the boot's
# locks, which a process that it leaves behind would hold forever.
foreign() { (umask 022 && exec "$@" 8>&- 9>&-); }

# shared SECONDS COMMAND... accesses the shared file system in a child, with a time-out.
shared() { timeout --kill-after=5 "$@" 2>/dev/null; }

# last_words FILE prints the last line that is not empty: the reason of a failed command. curl adds five lines of help
# to a wrong certificate.
last_words() { sed '/^More details here: /,$d' "$1" 2>/dev/null | grep -v '^[[:space:]]*$' | tail -n 1; }

# write PATH MODE replaces a file with its standard input, atomically.
write() {
  local temporary
  temporary=$(mktemp "$(dirname "$1")/.new.XXXXXX")
  cat >"$temporary"
  chmod "$2" "$temporary"
  mv -f "$temporary" "$1"
}
