# shellcheck shell=bash
# What every part uses: settings, log, reasons, retries.

# In memory, root only: secrets, facts, the reason of a failure.
RUN=/run/morpheus-node
# Survives reboots: what is done.
STATE=/var/lib/morpheus-node
# No secret is ever written here.
LOG=/var/log/morpheus-node/${LOG_NAME:-boot}.log
# Downloads.
CACHE=/var/cache/morpheus-node
# The shared file system.
SHARED=/var/opt/morpheus/morpheus-ui
# shellcheck disable=SC2034 # used by the parts
readonly RUN STATE LOG CACHE SHARED

read_settings() {
  # shellcheck source=/dev/null
  . "$LIB/node.conf"
  export AWS_DEFAULT_REGION=$REGION AWS_PAGER='' AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=4
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
  export HOME=/root
}

make_folders() {
  install -d -m 0700 "$RUN" "$RUN/secret" "$STATE" "$CACHE"
  install -d -m 0750 "$(dirname "$LOG")"
}

# log writes to the file and, through the unit, to the journal and the serial console. It never fails.
log() {
  local line
  line="$(date -u +%FT%T.%3NZ) $*"
  printf '%s\n' "$line"
  if [[ -z ${STEP:-} ]]; then
    { printf '%s\n' "$line" >>"$LOG"; } 2>/dev/null || true
  fi
}

# because keeps the reason of a failure, one line that a human understands, for the report.
because() { printf '%s\n' "$*" >"$RUN/reason"; }

die() {
  because "$*"
  log "$*"
  exit 1
}

fact() { cat "$RUN/facts/$1" 2>/dev/null || echo unknown; }

# free_mib of the root volume.
free_mib() { df --output=avail --block-size=1M / | tail -n 1 | tr -d ' '; }

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f", b - a}'; }

# most is how long a step may still retry: it leaves time to say why it gave up.
most() {
  local left=$((STEP_BOUND * 8 / 10 - SECONDS))
  echo $((left > 1 ? left : 1))
}

# retry SECONDS WHAT COMMAND...: until it succeeds or the time is over; pauses double up to 20 s, with some chance in them
# so that nodes which failed together do not come back together. Status 9 of the command means: it is of no use.
retry() {
  local limit=$1 what=$2 pause=1 start=$SECONDS status wait
  shift 2
  while true; do
    status=0
    "$@" || status=$?
    ((status != 0)) || return 0
    wait=$((pause + RANDOM % (pause + 1)))
    if ((status == 9 || SECONDS - start + wait > limit)); then
      log "$what: given up after $((SECONDS - start)) s"
      return 1
    fi
    log "$what: not yet, again in $wait s"
    sleep "$wait"
    pause=$((pause < 10 ? pause * 2 : 20))
  done
}

# foreign runs a program that is not ours with ordinary permissions for its files, and without our locks: whatever it
# leaves running would hold them for ever.
foreign() { (umask 022 && exec "$@" 8>&- 9>&-); }

# last_words of a command that failed, for a reason: one line.
last_words() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -n 1; }

# write PATH MODE: what comes in, complete or not at all.
write() {
  local temporary
  temporary=$(mktemp "$(dirname "$1")/.new.XXXXXX")
  cat >"$temporary"
  chmod "$2" "$temporary"
  mv -f "$temporary" "$1"
}
