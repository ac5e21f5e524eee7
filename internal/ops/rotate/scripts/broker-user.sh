# Gives the user of RabbitMQ the password of the current secret, with the tags that the user has: AWS cannot change a
# user of RabbitMQ. The node logs in with the former password, which its last boot has left in memory; a node that has
# booted since the change of the secret has it no more, and gets 401. Without its tags the user would no longer be an
# administrator, and AWS cannot make it one again.
set -euo pipefail
umask 077
LIB=/usr/local/lib/morpheus-node
# shellcheck source=/dev/null
for part in common aws broker; do . "$LIB/$part.sh"; done
read_settings
trap 'cat "$ERRORS" "$RUN/curl.err" >&2; rm -f "$RUN"/secret/next.*' EXIT
fetch_secret next "$MESSAGING_SECRET"
curl_user next
user=users/$(secret next username | jq --raw-input --raw-output @uri)
broker "$user" >"$RUN/secret/next.user"
jq --exit-status --slurp '{tags: (.[0].tags | arrays |= join(",")), password: .[1].password} | select(.tags | strings != "")' \
  "$RUN/secret/next.user" "$RUN/secret/next.json" >"$RUN/secret/next.put"
broker "$user" -X PUT --data "@$RUN/secret/next.put"
cp "$RUN/secret/next.curl" "$RUN/secret/messaging.curl"
broker whoami
