# Discards the former password of the appliance's database user, as the administrator. Run it when every node has the
# new one. It can be repeated: without a former password it changes nothing.
set -euo pipefail
umask 077
LIB=/usr/local/lib/morpheus-node
# shellcheck source=/dev/null
for part in common aws tools database; do . "$LIB/$part.sh"; done
read_settings
trap 'cat "$ERRORS" "$RUN/mysql.err" >&2; rm -f "$RUN"/secret/admin.*' EXIT
fetch_secret admin "$DATABASE_ADMIN_SECRET"
client_settings admin
sql admin <<<"ALTER USER 'morpheus'@'%' DISCARD OLD PASSWORD;"
