#!/usr/bin/env bash
# Waits until the auto scaling group wants to end this node, then lets the appliance finish and tells the group. Run by
# morpheus-node-drain.service. By then the load balancer sends no new requests.
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

# "Terminated" is where the group takes the node; before the launch it was "InService". A node outside a group has none.
until [[ $(imds meta-data/autoscaling/target-lifecycle-state || true) == Terminated ]]; do
  sleep "$POLL_SECONDS"
done

start=$EPOCHREALTIME
log "drain begins: the group ends this node"
if foreign timeout --kill-after=5 "$DRAIN_STOP_SECONDS" morpheus-ctl stop morpheus-ui; then
  log "morpheus-ui stopped"
elif foreign timeout --kill-after=5 "$DRAIN_KILL_SECONDS" morpheus-ctl graceful-kill morpheus-ui; then
  log "morpheus-ui did not stop within $DRAIN_STOP_SECONDS s and was ended by graceful-kill"
else
  log "morpheus-ui neither stopped nor ended; the node goes all the same"
fi
[[ -s $RUN/facts/instance-id ]] || { install -d -m 0700 "$RUN/facts" && keep_fact instance-id; }
retry 60 "answer to the termination hook" answer_hook "$TERMINATE_HOOK" CONTINUE ||
  log "the termination hook could not be told; it will time out: $(last_words "$RUN/aws.err")"
log "drain done in $(seconds_since "$start") s"
# Nothing is left to do: the unit starts what ends again.
exec sleep infinity
