#!/usr/bin/env bash
# Waits until the auto scaling group terminates this node and the load balancer has deregistered it, then stops the
# appliance and completes the termination hook. Run by morpheus-node-drain.service.
set -euo pipefail
umask 077

# shellcheck disable=SC2034 # for common.sh
LOG_NAME=drain
LIB=$(dirname "$(readlink -f "$0")")
for part in common aws; do
  # shellcheck source=/dev/null
  . "$LIB/$part.sh"
done
read_settings
make_folders

ERRORS=$RUN/drain.err

# The target state is "InService" from launch on and "Terminated" when the group terminates the node. An instance
# outside a group has none.
until [[ $(imds meta-data/autoscaling/target-lifecycle-state || true) == Terminated ]]; do
  sleep "$POLL_SECONDS"
done

start=$EPOCHREALTIME
log "the group terminates this node; it serves until the load balancer has deregistered it"
install -d -m 0700 "$RUN/facts"
begun=$SECONDS
until [[ -s $RUN/facts/instance-id ]] || keep_fact instance-id || ((SECONDS - begun >= DRAIN_OPEN_SECONDS)); do
  sleep "$POLL_SECONDS"
done
# The target state changes before the load balancer has finished its requests. Then the node enters
# Terminating:Wait, in which the hook accepts heartbeats. Before that, AWS answers that no lifecycle action is
# active.
until beat "$TERMINATE_HOOK"; do
  if ((SECONDS - begun >= DRAIN_OPEN_SECONDS)); then
    log "the termination hook did not open within $DRAIN_OPEN_SECONDS s: $(last_words "$ERRORS")"
    break
  fi
  sleep "$POLL_SECONDS"
done

# stops repeats `morpheus-ctl stop`, which gives up after some seconds, long before running work is done. It
# succeeds when the appliance is down, and fails after $DRAIN_STOP_SECONDS.
stops() {
  local end=$((SECONDS + DRAIN_STOP_SECONDS))
  while ((SECONDS < end)); do
    foreign timeout --kill-after=5 $((end - SECONDS)) morpheus-ctl stop morpheus-ui && return
    [[ $(foreign timeout 20 morpheus-ctl status morpheus-ui 2>&1) != down:* ]] || return 0
    sleep "$POLL_SECONDS"
  done
  return 1
}

log "drain started after $(seconds_since "$start") s"
if stops; then
  log "morpheus-ui stopped"
elif foreign timeout --kill-after=5 "$DRAIN_KILL_SECONDS" morpheus-ctl graceful-kill morpheus-ui; then
  log "morpheus-ui did not stop within $DRAIN_STOP_SECONDS s and was stopped by graceful-kill"
else
  log "morpheus-ui could not be stopped; the node is terminated anyway"
fi
retry 120 "answer to the termination hook" answer_hook "$TERMINATE_HOOK" CONTINUE ||
  log "cannot complete the termination hook, it will time out: $(last_words "$ERRORS")"
log "drain done in $(seconds_since "$start") s"
# Do not exit: systemd would restart the unit.
exec sleep infinity
