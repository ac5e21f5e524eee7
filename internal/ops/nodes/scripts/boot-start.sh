# Starts the boot of a node again, in a unit of its own: what Run Command has started ends with the agent. A boot that
# runs already is left alone. `systemctl restart morpheus-node-boot` would end everything that the boot has started,
# possibly the TLS proxy of the shared files.
set -euo pipefail
UNIT=morpheus-reconfigure
running() { [[ $(systemctl is-active "$UNIT" || true) == active ]]; }
if ! running; then
  systemd-run --quiet --unit="$UNIT" --collect /usr/local/lib/morpheus-node/boot.sh || running
fi
echo started
