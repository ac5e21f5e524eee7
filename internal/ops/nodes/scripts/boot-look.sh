# Prints whether a node works with the current secrets, in one line: "current", "running: <last step>" while a boot
# runs, or "former: <what differs>". It changes nothing. Secrets stay in memory and are removed.
set -euo pipefail
umask 077
LIB=/usr/local/lib/morpheus-node
# shellcheck source=/dev/null
for part in common aws diagnostics tools storage appliance; do . "$LIB/$part.sh"; done
read_settings
ERRORS=$RUN/look.err
trap 'rm -f "$RUN"/secret/look-*' EXIT

unit() { systemctl is-active "$1" 2>/dev/null || true; }

former() {
  local why=$1
  # Only a failed boot leaves a reason, which has no secrets.
  [[ ! -s $RUN/reason ]] || why+="; its last boot: $(reason)"
  echo "former: $why"
  exit
}

# same NAME ARN compares the secret of the node's last boot with the current one.
same() {
  local now had
  fetch_secret "look-$1" "$2" || { last_words "$ERRORS" >&2 || true; exit 1; }
  now=$(jq --sort-keys . "$RUN/secret/look-$1.json")
  had=$(jq --sort-keys . "$RUN/secret/$1.json" 2>/dev/null || true)
  [[ $now == "$had" ]]
}

if [[ $(unit morpheus-reconfigure) == active || $(unit morpheus-node-boot) == activating ]]; then
  echo "running: $(grep ' step ' "$LOG" | tail -n 1)"
  exit
fi
same database "$DATABASE_SECRET" || former "the secret of the database"
same messaging "$MESSAGING_SECRET" || former "the secret of the messaging"
same search "$SEARCH_SECRET" || former "the secret of the search"
configuration | cmp --silent - "$CONFIGURATION" || former "$CONFIGURATION"
[[ $(fingerprint) == "$(cat "$STATE/reconfigured" 2>/dev/null)" ]] || former "not reconfigured"
pings || former "it does not answer /ping"
echo current
