# shellcheck shell=bash
# Checks before the node joins the load balancer, and the agent that monitors it afterwards.

step_backends() {
  local wrong=()
  curl_user search
  retry "$(most)" "search domain" search_answers ||
    wrong+=("the search domain at $SEARCH_HOST:$SEARCH_PORT: $(last_words "$RUN/curl.err")")
  retry "$(most)" "broker" broker_answers ||
    wrong+=("the broker at $MESSAGING_HOST:$MESSAGING_PORT: $(last_words "$RUN/curl.err")")
  retry "$(most)" "database" database_is_ready ||
    wrong+=("the database at $DATABASE_HOST:$DATABASE_PORT: $(last_words "$RUN/mysql.err")")
  shared_works || wrong+=("the file system $FILE_SYSTEM_ID: $(last_words "$RUN/mount.err")")
  ((${#wrong[@]} == 0)) || die "cannot be reached from the node: $(printf '%s; ' "${wrong[@]}")"
  log "file system, database, broker and search domain answer"
  clock_is_synchronised || log "warning: the clock of the node is not synchronised"
}

# clock_is_synchronised asks systemd for the kernel's state, which any time service sets. The vendor requires
# accurate time.
clock_is_synchronised() {
  [[ $(timeout 20 timedatectl show --property=NTPSynchronized --value 2>/dev/null) == yes ]]
}

# search_answers is true when all primary shards are there: the status is green, or yellow without some replicas.
search_answers() {
  local status
  status=$(curl --silent --show-error --fail --proto =https --connect-timeout 10 --max-time 30 --noproxy '*' \
    --config "$RUN/secret/search.curl" "https://$SEARCH_HOST:$SEARCH_PORT/_cluster/health" 2>"$RUN/curl.err" |
    jq --raw-output .status) || return
  [[ $status == green || $status == yellow ]] || { echo "its status is $status" >"$RUN/curl.err" && return 1; }
}

# broker_answers checks the management API with the appliance's user, and the certificate on the AMQP port.
broker_answers() {
  broker vhosts/morpheus >/dev/null &&
    timeout 20 openssl s_client -connect "$MESSAGING_HOST:$MESSAGING_PORT" -servername "$MESSAGING_HOST" \
      -verify_hostname "$MESSAGING_HOST" -verify_return_error </dev/null >/dev/null 2>"$RUN/curl.err"
}

# step_keep starts the timer of keep.sh. systemd links units of other folders.
step_keep() {
  retry "$(most)" "timer of keep.sh" start_keeping ||
    die "the timer of the canaries and copies did not start: $(last_words "$RUN/step.log")"
}

start_keeping() {
  foreign timeout 20 systemctl link "$LIB/morpheus-node-keep.service" &&
    foreign timeout 20 systemctl enable --now "$LIB/morpheus-node-keep.timer"
}

# step_agent sends logs, memory and disk metrics to CloudWatch. The dimensions are literal values: to look them up, the
# agent would need one more EC2 permission.
step_agent() {
  local agent=/opt/aws/amazon-cloudwatch-agent
  jq --arg instance "$(fact instance-id)" '
    walk(if type == "string" then split("{instance}") | join($instance) else . end)' \
    "$LIB/agent.json" | write_changed "$agent/etc/morpheus-node.json" 0644
  # Once started, it is a systemd service: after a reboot systemd starts it.
  [[ $(sha256sum <"$agent/etc/morpheus-node.json") != "$(cat "$STATE/agent" 2>/dev/null)" ]] || return 0
  foreign "$agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$agent/etc/morpheus-node.json" ||
    die "the CloudWatch agent did not start: $(last_words "$RUN/step.log")"
  sha256sum <"$agent/etc/morpheus-node.json" | write "$STATE/agent" 0600
}
