# shellcheck shell=bash
# The broker's virtual host, permissions and policies. AWS has no API for them, so RabbitMQ's management API is used.
# Every call is idempotent.

step_broker() {
  curl_user messaging
  retry "$(most)" "broker" prepare_broker ||
    die "the broker at $MESSAGING_URL is not usable: $(last_words "$RUN/curl.err")"
}

# curl_user NAME writes curl's basic authentication for that secret, in memory.
curl_user() {
  jq --raw-output '
    def quoted: "\"" + (split("\\") | join("\\\\") | split("\"") | join("\\\"")) + "\"";
    "user = \("\(.username):\(.password)" | quoted)"' "$RUN/secret/$1.json" | write "$RUN/secret/$1.curl" 0600
}

# broker PATH CURL-ARGUMENTS... calls the management API.
broker() {
  local path=$1
  shift
  curl --silent --show-error --fail --proto =https --connect-timeout 10 --max-time 30 --noproxy '*' \
    --config "$RUN/secret/messaging.curl" -H 'Content-Type: application/json' \
    "$MESSAGING_URL/api/$path" "$@" 2>"$RUN/curl.err"
}

prepare_broker() {
  local user name pattern priority scope definition
  user=$(secret messaging username)
  if ! broker vhosts/morpheus >/dev/null; then
    broker vhosts/morpheus -X PUT --data '{}' || return
  fi
  broker "permissions/morpheus/$(jq --null-input --raw-output --arg user "$user" '$user | @uri')" -X PUT \
    --data '{"configure": ".*", "write": ".*", "read": ".*"}' || return
  while IFS=$'\t' read -r name pattern priority scope definition <&3; do
    broker "policies/morpheus/$name" -X PUT --data @- <<<"{\"pattern\": \"$pattern\", \"apply-to\": \"$scope\",
      \"priority\": $priority, \"definition\": $definition}" || return
  done 3<"$LIB/policies.tsv"
  broker policies/morpheus | jq --exit-status --rawfile wanted "$LIB/policies.tsv" '
    [.[].name] as $have |
    [$wanted | split("\n")[] | select(length > 0) | split("\t")[0]] - $have | length == 0' >/dev/null
}
