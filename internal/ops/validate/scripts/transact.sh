# Writes on one node what others read: a file, a message, a document. All of it has names of its own.
#
#   write TOKEN READERS  writes a file, publishes a message for each reader, indexes a document
#   read TOKEN           reads the file, consumes one message, finds the document
#   remove TOKEN         removes all of it, and what runs that were killed an hour ago have left
#
# For each of the three it tells "ok" and the text, or "failed" and the reason. The broker removes a queue that nobody
# has used for ten minutes.

HOUR=60
# Of the queue and the index, which must be in lower case.
NAMES=morpheus-ops-validate

# search PATH CURL-ARGUMENTS... calls the domain as the appliance's user.
search() {
  local path=$1
  shift
  curl --silent --show-error --fail --proto =https --connect-timeout 10 --max-time 30 --noproxy '*' \
    --config "$RUN/secret/search.curl" -H 'Content-Type: application/json' \
    "https://$SEARCH_HOST:$SEARCH_PORT/$path" "$@" 2>"$RUN/curl.err"
}

# In a function whose status is tested, `set -e` has no effect: the commands of these are joined by &&.

write_file() {
  echo "the file system $FILE_SYSTEM_ID does not answer, or cannot be written" >"$RUN/curl.err"
  # shellcheck disable=SC2016 # expanded by the child
  shared 20 bash -c 'install -d -m 0700 "$1" && printf %s "$3" >"$1/$2" && sync "$1/$2"' - \
    "$folder" "$(cat "$BOOT/facts/instance-id")" "$text" && echo "$text"
}

read_file() {
  echo "the file system $FILE_SYSTEM_ID does not answer, or does not have the file" >"$RUN/curl.err"
  # shellcheck disable=SC2016 # expanded by the child
  shared 20 bash -c 'cat "$1"/*' - "$folder"
}

remove_file() {
  echo "the file system $FILE_SYSTEM_ID does not answer, or cannot be written" >"$RUN/curl.err"
  # shellcheck disable=SC2016 # expanded by the child
  shared 30 bash -c 'rm -rf "$1" && find "$2" -maxdepth 1 -name "validate-*" -mmin "+$3" -exec rm -rf {} +' - \
    "$folder" "$SHARED/.morpheus-node" "$HOUR"
}

write_message() {
  local n
  broker "queues/morpheus/$name" -X PUT --data '{"durable": true, "auto_delete": false,
    "arguments": {"x-expires": 600000}}' || return
  for ((n = 0; n < readers; n++)); do
    jq --null-input --arg to "$name" --arg text "$text" '{routing_key: $to, payload: $text, payload_encoding: "string",
      properties: {delivery_mode: 2}}' | broker exchanges/morpheus/amq.default/publish --data @- |
      jq --exit-status '.routed == true' >/dev/null || return
  done
  echo "$text"
}

read_message() {
  broker "queues/morpheus/$name/get" --data '{"count": 1, "ackmode": "ack_requeue_false", "encoding": "auto"}' |
    jq --raw-output 'if length == 1 then .[0].payload else "the queue is empty" end'
}

remove_message() { broker "queues/morpheus/$name" -X DELETE || is_gone; }

is_gone() { grep -q 'error: 404' "$RUN/curl.err"; }

write_document() {
  search "$name" -X PUT --data '{"settings": {"number_of_shards": 1, "number_of_replicas": '"${SEARCH_REPLICAS:-1}"'},
    "mappings": {"properties": {"token": {"type": "keyword"}, "text": {"type": "keyword"}}}}' >/dev/null &&
    jq --null-input --arg token "$name" --arg text "$text" '{token: $token, text: $text}' |
    search "$name/_doc/1?refresh=true" -X PUT --data @- >/dev/null && echo "$text"
}

read_document() {
  jq --null-input --arg token "$name" '{query: {term: {token: $token}}}' | search "$name/_search" -X POST --data @- |
    jq --raw-output '.hits.hits | if length == 1 then .[0]._source.text else "the document is not found" end'
}

remove_document() {
  local index
  { search "$name" -X DELETE >/dev/null || is_gone; } || return
  search "_cat/indices/$NAMES-*?format=json&h=index,creation.date" >"$RUN/indices" || is_gone || return
  for index in $(jq --raw-output --argjson minutes "$HOUR" '.[]? |
    select((now - (.["creation.date"] | tonumber) / 1000) / 60 > $minutes) | .index' "$RUN/indices"); do
    search "$index" -X DELETE >/dev/null || is_gone || return
  done
}

# each VERB does it with all three: one that fails does not stop the others.
each() {
  local what found
  for what in file message document; do
    : >"$RUN/curl.err"
    if found=$("$1_$what"); then
      tell "$what" "ok $found"
    else
      tell "$what" "failed: $(last_words "$RUN/curl.err")"
    fi
  done
}

# use_secrets takes the secrets that the appliance works with: those of the node's last boot.
use_secrets() {
  cp "$BOOT/secret/messaging.json" "$BOOT/secret/search.json" "$RUN/secret/"
  curl_user messaging
  curl_user search
}

# stopped removes what a script has written that was stopped in the middle.
stopped() {
  local status=$?
  ((status == 0)) || each remove
  answer "$status"
}

transact() {
  [[ $1 != write ]] || trap stopped EXIT
  text=$(openssl rand -hex 16)
  use_secrets
  each "$1"
}

name=$NAMES-$2 folder=$SHARED/.morpheus-node/validate-$2 readers=${3:-0}
begin
quietly transact "$1"
