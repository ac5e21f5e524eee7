# Prints "current" if RabbitMQ accepts the password of the current secret, and "former" if it refuses it.
set -euo pipefail
umask 077
LIB=/usr/local/lib/morpheus-node
# shellcheck disable=SC2034 # for common.sh
RUN_NAME=rotate-look
# shellcheck source=/dev/null
for part in common aws broker; do . "$LIB/$part.sh"; done
read_settings
trap 'rm -rf --one-file-system "$RUN"' EXIT
install -d -m 0700 "$RUN" "$RUN/secret"
fetch_secret messaging "$MESSAGING_SECRET" || { last_words "$ERRORS" >&2 || true; exit 1; }
curl_user messaging
if broker whoami >/dev/null; then
  echo current
elif grep -q 'error: 401' "$RUN/curl.err"; then
  echo former
else
  last_words "$RUN/curl.err" >&2 || true
  exit 1
fi
