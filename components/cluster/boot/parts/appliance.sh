# shellcheck shell=bash
# The appliance: its package, its configuration, the secrets that all nodes share, and its first start.

CONFIGURATION=/etc/morpheus/morpheus.rb
# Made by the first reconfigure of the first node.
GENERATED=/etc/morpheus/morpheus-secrets.json

step_package() {
  install_package morpheus-appliance "$PACKAGE_URL" "$PACKAGE_SHA256" "$PACKAGE_SPACE_MIB"
  if [[ -n $SUPPLEMENTAL_URL ]]; then
    install_package supplemental "$SUPPLEMENTAL_URL" "$SUPPLEMENTAL_SHA256" "$PACKAGE_SPACE_MIB"
  fi
}

# install_package WHAT URL SHA256 SPACE: once; an image that holds the version already is taken as it is.
install_package() {
  local what=$1 url=$2 sha256=$3 space=$4 free file
  if [[ $(cat "$STATE/package-$what" 2>/dev/null) == "$sha256" ]]; then
    log "$what is installed"
    return
  fi
  free=$(free_mib)
  ((free >= space)) || die "the root volume has $free MiB free, but $what needs $space MiB: the disk is full or too small"
  file=$CACHE/$(basename "${url%%\?*}")
  fetch "$url" "$file" "$sha256" "$what"
  install_deb "$file" "$what"
  rm -f "$file"
  write "$STATE/package-$what" 0600 <<<"$sha256"
}

step_configuration() {
  install -d -m 0755 /etc/morpheus
  appliance_secrets
  if jq --exit-status .secrets "$RUN/secret/appliance.json" >/dev/null; then
    jq --raw-output --join-output .secrets "$RUN/secret/appliance.json" | write_changed "$GENERATED" 0600
  fi
  jq --null-input --raw-output --from-file "$LIB/morpheus.rb.jq" \
    --slurpfile database "$RUN/secret/database.json" --slurpfile messaging "$RUN/secret/messaging.json" \
    --slurpfile search "$RUN/secret/search.json" --slurpfile appliance "$RUN/secret/appliance.json" \
    --arg appliance_url "$APPLIANCE_URL" --arg database_host "$DATABASE_HOST" --argjson database_port "$DATABASE_PORT" \
    --argjson database_max "$DATABASE_MAX_OPEN" \
    --arg messaging_host "$MESSAGING_HOST" --arg messaging_port "$MESSAGING_PORT" \
    --arg search_host "$SEARCH_HOST" --argjson search_port "$SEARCH_PORT" |
    write_changed "$CONFIGURATION" 0600
}

# write_changed PATH MODE: like write, but what is the same already is not touched.
write_changed() {
  local new
  new=$(mktemp "$RUN/secret/.new.XXXXXX")
  cat >"$new"
  if ! cmp --silent "$new" "$1"; then
    write "$1" "$2" <"$new"
    log "$1 is written"
  fi
  rm -f "$new"
}

# appliance_secrets are one secret of the stack: {"suffix", "secrets"}. The suffix is part of the key under which the
# appliance encrypts: it is made, and kept, before anything can be encrypted with it. `secrets` is the text of the file of
# the first node that was configured.
appliance_secrets() {
  local have
  retry "$(most)" "secrets of the appliance" list_versions ||
    die "the secrets of the appliance, $APPLIANCE_SECRET, cannot be read: $(last_words "$ERRORS")"
  # A secret that nobody has put a value into yet has no versions.
  have=$(jq --slurp 'last | length' "$RUN/versions")
  if ((have > 0)); then
    retry "$(most)" "secrets of the appliance" fetch_secret appliance "$APPLIANCE_SECRET" ||
      die "the secrets of the appliance, $APPLIANCE_SECRET, cannot be read: $(last_words "$ERRORS")"
    jq --exit-status '.suffix | type == "string" and length > 0' "$RUN/secret/appliance.json" >/dev/null ||
      die "the secrets of the appliance, $APPLIANCE_SECRET, hold no suffix: restore an earlier version, do not make a new one"
    return
  fi
  assert_no_tables
  log "first node: makes the encryption suffix"
  openssl rand -hex 32 | jq --raw-input '{suffix: .}' | write "$RUN/secret/appliance.json" 0600
  keep_appliance_secrets
}

# assert_no_tables: what was encrypted with a suffix that is lost cannot be read with a new one. A database restored into a
# new stack is such a one.
assert_no_tables() {
  retry "$(most)" "tables of the appliance" count_tables ||
    die "the database at $DATABASE_HOST:$DATABASE_PORT does not say whether it holds data: $(last_words "$RUN/mysql.err")"
  [[ $(cat "$RUN/tables") == 0 ]] ||
    die "the database holds data of an appliance whose encryption suffix is not in the secret $APPLIANCE_SECRET: put the former value into it (docs/secrets.md)"
}

count_tables() {
  sql database <<<"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'morpheus';" >"$RUN/tables"
}

# list_versions writes by itself: what retry says when a call fails must not get into the file.
list_versions() {
  aws_cli secretsmanager describe-secret --secret-id "$APPLIANCE_SECRET" --query VersionIdsToStages --output json >"$RUN/versions"
}

keep_appliance_secrets() {
  # As a file: the value is in no process list.
  retry "$(most)" "keeping the secrets of the appliance" aws_cli secretsmanager put-secret-value \
    --secret-id "$APPLIANCE_SECRET" --secret-string "file://$RUN/secret/appliance.json" --query Name --output text ||
    die "the secrets of the appliance, $APPLIANCE_SECRET, cannot be kept: $(last_words "$ERRORS")"
}

step_reconfigure() {
  if [[ $(fingerprint) == "$(cat "$STATE/reconfigured" 2>/dev/null)" ]]; then
    log "configured already, nothing has changed"
    return
  fi
  if ! reconfigure; then
    # The vendor's way out of a service that is stuck.
    log "reconfigure failed, once more after a restart of the supervisor"
    foreign systemctl restart morpheus-runsvdir || true
    reconfigure || die "morpheus-ctl reconfigure failed twice: $(last_words "$RUN/step.log")"
  fi
  share_generated
  fingerprint | write "$STATE/reconfigured" 0600
}

# reconfigure downloads what the supplemental package does not have, by the proxy; the back ends are on no proxy's way.
reconfigure() {
  local direct=localhost,127.0.0.1,169.254.169.254,$DATABASE_HOST,$MESSAGING_HOST,$SEARCH_HOST
  foreign env ${PROXY:+"http_proxy=$PROXY" "https_proxy=$PROXY" "no_proxy=$direct"} morpheus-ctl reconfigure
}

# share_generated keeps what the first node's reconfigure made, and what that of a later release adds, for the others:
# what all have must stay as it is.
share_generated() {
  [[ -s $GENERATED ]] || die "reconfigure made no $GENERATED"
  chmod 0600 "$GENERATED"
  # What jq says of a text that is no JSON has the text in it.
  case $(jq --raw-output --rawfile made "$GENERATED" '(.secrets // "{}" | fromjson) as $known | ($made | fromjson) as $new |
      if $new == $known then "same" elif $new * $known == $new then "more" else "other" end' "$RUN/secret/appliance.json" 2>/dev/null) in
    same) ;;
    more)
      jq --rawfile made "$GENERATED" '.secrets = $made' "$RUN/secret/appliance.json" |
        write "$RUN/secret/appliance.json" 0600
      keep_appliance_secrets
      log "keeps the secrets that reconfigure made"
      ;;
    *) die "reconfigure changed what was in $GENERATED: this node would not understand the others' data" ;;
  esac
}

fingerprint() { cat "$CONFIGURATION" "$GENERATED" "$STATE/package-morpheus-appliance" 2>/dev/null | sha256sum; }

# step_ready: the node serves. Until then the lock is held, because the first node makes the tables while it starts.
step_ready() {
  # After a reboot the supervisor is down if the file system was not there in time (see mount_at_boot).
  foreign timeout 120 systemctl start morpheus-runsvdir || log "the supervisor of the appliance, morpheus-runsvdir, did not start"
  pings || foreign morpheus-ctl start >/dev/null 2>&1 || true
  retry "$(most)" "answer to /ping" serves || die "the appliance does not answer MORPHEUS PING on https://127.0.0.1/ping"
}

# local_api PATH CURL-ARGUMENTS...: its certificate is its own, and the connection does not leave the node.
local_api() {
  local path=$1
  shift
  curl --silent --show-error --fail --insecure --connect-timeout 5 --max-time 60 --noproxy '*' "https://127.0.0.1$path" "$@" 2>"$RUN/curl.err"
}

pings() { [[ $(local_api /ping) == *'MORPHEUS PING'* ]]; }

# serves: right after a reconfigure one answer may be that of the process that is about to end.
serves() { pings && sleep "$POLL_SECONDS" && pings && sleep "$POLL_SECONDS" && pings; }

# step_setup makes the first administrator, when a secret says who it is: until somebody has, whoever reaches the setup
# page becomes it.
step_setup() {
  local pending=$SHARED/.morpheus-node/license
  [[ -n $SETUP_SECRET ]] || return 0
  retry "$(most)" "state of the setup" setup_state ||
    die "the appliance does not say whether it has an administrator: $(last_words "$RUN/curl.err")"
  if [[ $(cat "$RUN/setup") == true ]]; then
    # A node that comes after one whose licence was refused knows by this file.
    : >"$pending"
    make_administrator
  else
    log "the appliance has an administrator"
  fi
  [[ -e $pending ]] || return 0
  if jq --exit-status '.license // "" | length > 0' "$RUN/secret/setup.json" >/dev/null; then
    install_license || die "the appliance refused its licence: $(last_words "$RUN/curl.err")"
    log "the licence is installed"
  fi
  rm -f "$pending"
}

# setup_state: only an answer that says true or false is one. Earlier releases say false with a status of 400.
setup_state() {
  { local_api /api/setup --no-fail --fail-with-body --max-time 30 || true; } |
    jq --raw-output '.setupNeeded | booleans | tostring' >"$RUN/setup" 2>/dev/null
  # jq 1.6 calls no output a success.
  [[ -s $RUN/setup ]]
}

make_administrator() {
  jq --arg url "$APPLIANCE_URL" '{accountName: "Master", applianceName: "Morpheus", firstName: "", lastName: "", email: ""}
    + del(.license) + {applianceUrl: $url, hubMode: "skip"}' "$RUN/secret/setup.json" |
    local_api /api/setup/init -H 'Content-Type: application/json' --data-binary @- >/dev/null ||
    die "the appliance refused its first administrator: $(last_words "$RUN/curl.err")"
  log "the first administrator is made"
}

install_license() {
  jq --raw-output --join-output '"username=\(.username | @uri)&password=\(.password | @uri)"' "$RUN/secret/setup.json" |
    local_api '/oauth/token?client_id=morph-api&grant_type=password&scope=write' --data-binary @- |
    jq --raw-output --exit-status '"header = \"Authorization: Bearer \(.access_token)\""' |
    write "$RUN/secret/setup.curl" 0600 || return
  jq '{license}' "$RUN/secret/setup.json" |
    local_api /api/license --config "$RUN/secret/setup.curl" -H 'Content-Type: application/json' --data-binary @- >/dev/null
}
