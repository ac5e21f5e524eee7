# Moves restored files on a node: $1 and so on are the arguments of move.py after ROOT.
set -euo pipefail
LIB=/usr/local/lib/morpheus-node
. "$LIB/common.sh"
mountpoint --quiet "$SHARED" || { echo "the shared files are not mounted at $SHARED" >&2 && exit 4; }
exec python3 - "$SHARED" "$@" <<'END_OF_MOVE'
