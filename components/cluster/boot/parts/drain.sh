#!/usr/bin/env bash
# Waits until the auto scaling group wants to end this node and the load balancer is done with it, then lets the appliance
# finish and tells the group. Run by morpheus-node-drain.service.
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

# "Terminated" is where the group takes the node; before the launch it was "InService". A node outside a group has none.
until [[ $(imds meta-data/autoscaling/target-lifecycle-state || true) == Terminated ]]; do
  sleep "$POLL_SECONDS"
done

start=$EPOCHREALTIME
log "the group ends this node, which serves until the load balancer is done with it"
install -d -m 0700 "$RUN/facts"
until [[ -s $RUN/facts/instance-id ]] || keep_fact instance-id; do
  sleep "$POLL_SECONDS"
done
# The target state is there while the load balancer still sends the rest of its requests. Only then the node comes to
# Terminating:Wait, where the hook takes a heartbeat; until then AWS says that no action is active.
begun=$SECONDS
until beat "$TERMINATE_HOOK"; do
  if ((SECONDS - begun >= DRAIN_OPEN_SECONDS)); then
    log "the termination hook did not open within $DRAIN_OPEN_SECONDS s: $(last_words "$ERRORS")"
    break
  fi
  sleep "$POLL_SECONDS"
done

# stops: a stop gives up after some seconds, long before the work that runs is done. It is asked again for as long as there
# is time; once the appliance is down it succeeds.
stops() {
  local end=$((SECONDS + DRAIN_STOP_SECONDS))
  while ((SECONDS < end)); do
    foreign timeout --kill-after=5 $((end - SECONDS)) morpheus-ctl stop morpheus-ui && return
    [[ $(foreign timeout 20 morpheus-ctl status morpheus-ui 2>&1) != down:* ]] || return 0
    sleep "$POLL_SECONDS"
  done
  return 1
}

log "drain begins after $(seconds_since "$start") s"
if stops; then
  log "morpheus-ui stopped"
elif foreign timeout --kill-after=5 "$DRAIN_KILL_SECONDS" morpheus-ctl graceful-kill morpheus-ui; then
  log "morpheus-ui did not stop within $DRAIN_STOP_SECONDS s and was ended by graceful-kill"
else
  log "morpheus-ui neither stopped nor ended; the node goes all the same"
fi
until answer_hook "$TERMINATE_HOOK" CONTINUE; do
  log "the termination hook was not told, once more: $(last_words "$ERRORS")"
  sleep "$POLL_SECONDS"
done
log "drain done in $(seconds_since "$start") s"
# Nothing is left to do: the unit starts what ends again.
exec sleep infinity
