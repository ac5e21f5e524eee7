# Tells what a node is like: lines of a name, a tab and a value, none of which is a secret. It changes nothing.
#
#   $1  the stack's file system, such as fs-0123456789abcdef0

tell_mount() {
  local line port proxy
  line=$(findmnt --noheadings --raw --output SOURCE,FSTYPE,OPTIONS --mountpoint "$SHARED" || echo none)
  tell mount "$line"
  # The kernel mounts a proxy on this port. The mount helper's state says of which file system, and whether by TLS.
  port=$(grep -oE '[ ,]port=[0-9]+' <<<"$line" | tail -n 1 | tr -dc 0-9) || true
  proxy=$(find /run/efs -maxdepth 1 -name "$1.*.${port:-none}" -print -quit 2>/dev/null) || true
  tell proxy "$(jq --raw-output 'if [.cmd[]?] | any(. == "--tls" or test("stunnel[0-9]*$")) then "tls" else "plain" end' \
    "${proxy:-/nowhere}" 2>/dev/null || echo none)"
  line=$(findmnt --fstab --noheadings --raw --output SOURCE,FSTYPE,OPTIONS --mountpoint "$SHARED" || echo none)
  [[ $line != "$1:/ efs "* || ",${line##* }," != *,tls,* ]] || line=yes
  tell fstab "$line"
  # A process that accesses a stalled file system hangs forever.
  tell answers "$(shared 20 test -d "$SHARED/.morpheus-node" && echo yes || echo no)"
}

# tell_users names the owners of the shared files.
tell_users() {
  local id
  for id in 899 898 894; do
    tell user "$id $(getent passwd "$id" | cut -d : -f 1,4 | tr : ' ' || true)"
  done
}

tell_release() {
  # shellcheck disable=SC2016 # of dpkg-query
  tell release "$(dpkg-query --show --showformat '${Version}' morpheus-appliance 2>/dev/null || echo none)"
  tell package "$(cat "$STATE/package-morpheus-appliance" 2>/dev/null || echo none)"
  tell supplemental "$(cat "$STATE/package-supplemental" 2>/dev/null || echo none)"
}

tell_clock() {
  tell clock "$(clock_is_synchronised && echo synchronised || echo free)"
  tell offset "$(timeout 10 chronyc -n tracking 2>/dev/null | awk '/^System time/ {print $4}' || true)"
}

# tell_secret NAME ARN compares the secret of the node's last boot with the current one, which stays in $RUN.
tell_secret() {
  local ERRORS=$RUN/aws-$1.err
  if ! fetch_secret "$1" "$2"; then
    tell secret "$1 unreadable: $(last_words "$ERRORS")"
  elif [[ $(jq --sort-keys . "$RUN/secret/$1.json") == "$(jq --sort-keys . "$BOOT/secret/$1.json" 2>/dev/null)" ]]; then
    tell secret "$1 current"
  else
    tell secret "$1 former"
  fi
}

# assigned SECTION KEY prints the last value of a setting: a later line of morpheus.rb takes precedence.
assigned() {
  sed -nE "s/^[[:space:]]*($1)\[['\"]$2['\"]\][[:space:]]*=[[:space:]]*([^;#]*).*/\2/p" "$CONFIGURATION" | tail -n 1
}

tell_settings() {
  tell set.url "$(sed -nE 's/^[[:space:]]*appliance_url[[:space:]]+([^;#]*).*/\1/p' "$CONFIGURATION" | tail -n 1)"
  tell set.database "$(assigned mysql host)"
  tell set.messaging "$(assigned rabbitmq host)"
  tell set.search "$(assigned 'elasticsearch|opensearch' es_hosts)"
  tell set.connections "$(assigned mysql max_active)"
  tell reconfigured "$([[ $(fingerprint) == "$(cat "$STATE/reconfigured" 2>/dev/null)" ]] && echo yes || echo no)"
}

# tell_effective tells what the appliance makes of its settings. Releases differ in what they show. The output has
# passwords: only these values are kept.
tell_effective() {
  foreign timeout 60 morpheus-ctl show-config 3>&- 4>&- 2>/dev/null | jq --raw-output '
    def section($name): [.. | objects | .[$name]? | objects | select(length > 0)][0] // {};
    def host: if type == "object" then keys_unsorted[0] else . end;
    {database: (section("mysql").host | host), messaging: (section("rabbitmq").host | host),
      search: ((section("opensearch").es_hosts // section("elasticsearch").es_hosts) | host),
      connections: section("mysql").max_active}
    | to_entries[] | select(.value != null) | "effective.\(.key)\t\(.value)"' >>"$RUN/told" 2>/dev/null || true
}

# tell_equal compares what must be equal on all nodes with the secrets that the nodes share.
tell_equal() {
  if ! configuration >"$RUN/secret/morpheus.rb" 2>/dev/null; then
    tell written unknown
  elif cmp --silent "$RUN/secret/morpheus.rb" "$CONFIGURATION"; then
    tell written yes
  else
    tell written no
  fi
  # jq's errors are dropped: they quote text that is not JSON, and it may be a secret.
  tell generated "$(jq --rawfile made "$GENERATED" --slurpfile database "$RUN/secret/database.json" \
    --slurpfile messaging "$RUN/secret/messaging.json" --from-file "$LIB/generated.jq" "$RUN/secret/appliance.json" \
    2>/dev/null | jq --raw-output '.changed | if . == [] then "equal" else "differ: " + join(", ") end' 2>/dev/null ||
    echo unknown)"
}

# reach NAME SECRET ERRORS COMMAND... tells whether a back end answers. The commands only read.
reach() {
  local name=$1 secret=$2 errors=$3
  shift 3
  if [[ ! -s $RUN/secret/$secret.json ]]; then
    tell backend "$name fails: its secret cannot be read"
  elif "$@"; then
    tell backend "$name answers"
  else
    tell backend "$name fails: $(last_words "$errors")"
  fi
}

reach_database() { client_settings database && database_is_ready; }
reach_broker() { curl_user messaging && broker_answers; }
reach_search() { curl_user search && search_answers; }

# Both write curl's errors to the same file.
reach_others() {
  reach broker messaging "$RUN/curl.err" reach_broker
  reach search search "$RUN/curl.err" reach_search
}

look() {
  tell_mount "$1"
  tell_users
  tell_release
  tell_clock
  tell_effective &
  tell_secret database "$DATABASE_SECRET" &
  tell_secret messaging "$MESSAGING_SECRET" &
  tell_secret search "$SEARCH_SECRET" &
  tell_secret appliance "$APPLIANCE_SECRET" &
  wait
  tell_settings
  tell_equal
  reach database database "$RUN/mysql.err" reach_database &
  reach_others &
  wait
}

begin
quietly look "$@"
