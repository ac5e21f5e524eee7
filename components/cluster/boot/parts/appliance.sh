# shellcheck shell=bash
# The appliance: package, configuration, secrets shared by all nodes, first start.

CONFIGURATION=/etc/morpheus/morpheus.rb

step_package() {
  install_package morpheus-appliance "$PACKAGE_URL" "$PACKAGE_SHA256" "$PACKAGE_SPACE_MIB"
  if [[ -n $SUPPLEMENTAL_URL ]]; then
    install_package supplemental "$SUPPLEMENTAL_URL" "$SUPPLEMENTAL_SHA256" "$PACKAGE_SPACE_MIB"
  fi
}

# install_package WHAT URL SHA256 SPACE_MIB installs a package once. A package that the image already contains is kept.
install_package() {
  local what=$1 url=$2 sha256=$3 space=$4 free file
  if [[ $(cat "$STATE/package-$what" 2>/dev/null) == "$sha256" ]]; then
    log "$what is already installed"
    return
  fi
  free=$(free_mib)
  ((free >= space)) ||
    die "the root volume has $free MiB free, but $what needs $space MiB: the disk is full or too small"
  file=$CACHE/$(basename "${url%%\?*}")
  fetch "$url" "$file" "$sha256" "$what"
  install_deb "$file" "$what"
  rm -f "$file"
  write "$STATE/package-$what" 0600 <<<"$sha256"
}

step_configuration() {
  install -d -m 0755 /etc/morpheus
  appliance_secrets
  update_generated
  make_backup_folder
  trust_certificates
  configuration | write_changed "$CONFIGURATION" 0600
  check_syntax
}

# configuration prints morpheus.rb: the settings of the boot, then the lines that the stack adds.
configuration() {
  jq --null-input --raw-output --from-file "$LIB/morpheus.rb.jq" \
    --slurpfile database "$RUN/secret/database.json" --slurpfile messaging "$RUN/secret/messaging.json" \
    --slurpfile search "$RUN/secret/search.json" --slurpfile appliance "$RUN/secret/appliance.json" \
    --arg appliance_url "$APPLIANCE_URL" --arg backups "$SHARED/bitcan/backups" \
    --arg database_host "$DATABASE_HOST" --argjson database_port "$DATABASE_PORT" \
    --argjson database_max "$DATABASE_MAX_OPEN" \
    --arg messaging_host "$MESSAGING_HOST" --arg messaging_port "$MESSAGING_PORT" \
    --arg search_host "$SEARCH_HOST" --argjson search_port "$SEARCH_PORT" --arg search_cluster "$SEARCH_CLUSTER" \
    --arg search_section "$SEARCH_SECTION" --arg search_replicas "$SEARCH_REPLICAS" || return
  [[ ! -e $LIB/extra.rb ]] || cat "$LIB/extra.rb"
}

# check_syntax asks the vendor's Ruby, so that a typing error is a reason and not a failed reconfigure.
check_syntax() {
  local ruby=/opt/morpheus/embedded/bin/ruby
  [[ -e $LIB/extra.rb && -x $ruby ]] || return 0
  foreign timeout 60 "$ruby" -c "$CONFIGURATION" >/dev/null 2>"$RUN/ruby.err" ||
    die "morpheus.rb is not valid Ruby, check morpheus.extraConfig: $(last_words "$RUN/ruby.err")"
}

# trust_certificates writes the stack's certificates to the vendor's folder, one in each file, and removes former ones.
trust_certificates() {
  local folder=/etc/morpheus/ssl/trusted_certs have
  have=$(sha256sum "$LIB/trusted.pem" 2>/dev/null || true)
  [[ $have != "$(cat "$STATE/trusted" 2>/dev/null)" ]] || return 0
  install -d -m 0755 "$folder"
  rm -f "$folder"/stack-*.crt
  if [[ -e $LIB/trusted.pem ]]; then
    awk -v to="$folder/stack-" '/BEGIN CERTIFICATE/ {n++} n {print >(to n ".crt")}' "$LIB/trusted.pem"
    chmod 0644 "$folder"/stack-*.crt
  fi
  write "$STATE/trusted" 0600 <<<"$have"
}

# make_backup_folder creates the shared folder of the backups that Morpheus makes, for the appliance's user.
make_backup_folder() {
  local folder
  for folder in "$SHARED/bitcan" "$SHARED/bitcan/backups"; do
    [[ -d $folder ]] || install -d -m 0750 -o 899 -g 899 "$folder"
  done
}

# write_changed PATH MODE is like write, but leaves a file with the same content untouched.
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

# appliance_secrets reads the stack's appliance secret, JSON {"suffix", "secrets"}, and creates its first value. The
# suffix is part of the appliance's encryption key, so it is stored before anything is encrypted with it. `secrets`
# is the text of morpheus-secrets.json of the first configured node.
appliance_secrets() {
  local have
  retry "$(most)" "appliance secret" list_versions ||
    die "the appliance secret $APPLIANCE_SECRET cannot be read: $(last_words "$ERRORS")"
  # A secret without a value has no versions.
  have=$(jq --slurp 'last | length' "$RUN/versions")
  if ((have > 0)); then
    retry "$(most)" "appliance secret" fetch_secret appliance "$APPLIANCE_SECRET" ||
      die "the appliance secret $APPLIANCE_SECRET cannot be read: $(last_words "$ERRORS")"
    jq --exit-status '.suffix | type == "string" and length > 0' "$RUN/secret/appliance.json" >/dev/null ||
      die "the appliance secret $APPLIANCE_SECRET has no suffix: restore an earlier version, do not create a new one"
    return
  fi
  assert_no_tables
  log "first node: generates the encryption suffix"
  openssl rand -hex 32 | jq --raw-input '{suffix: .}' | write "$RUN/secret/appliance.json" 0600
  keep_appliance_secrets
}

# assert_no_tables fails when the database has tables: data encrypted with a lost suffix cannot be read with a new one.
# This happens when a snapshot is restored into a new stack.
assert_no_tables() {
  retry "$(most)" "table count" count_tables ||
    die "the tables of the database at $DATABASE_HOST:$DATABASE_PORT cannot be read: $(last_words "$RUN/mysql.err")"
  [[ $(cat "$RUN/tables") == 0 ]] ||
    die "the database has data, but the secret $APPLIANCE_SECRET has no encryption suffix:" \
      "put its former value back (docs/secrets.md)"
}

count_tables() {
  sql database <<<"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'morpheus';" >"$RUN/tables"
}

# list_versions writes the file itself, because the log lines of retry must not get into it.
list_versions() {
  aws_cli secretsmanager describe-secret --secret-id "$APPLIANCE_SECRET" --query VersionIdsToStages \
    --output json >"$RUN/versions"
}

keep_appliance_secrets() {
  # Passed as a file, so that the value is not in the process list.
  retry "$(most)" "storing the appliance secret" aws_cli secretsmanager put-secret-value \
    --secret-id "$APPLIANCE_SECRET" --secret-string "file://$RUN/secret/appliance.json" --query Name --output text ||
    die "the appliance secret $APPLIANCE_SECRET cannot be stored: $(last_words "$ERRORS")"
}

step_reconfigure() {
  if [[ $(fingerprint) == "$(cat "$STATE/reconfigured" 2>/dev/null)" ]]; then
    log "already configured, no changes"
    return
  fi
  if ! reconfigure; then
    # The vendor's procedure for a stuck service.
    log "reconfigure failed: retrying after a restart of the supervisor"
    foreign timeout 240 systemctl restart morpheus-runsvdir || true
    update_generated
    reconfigure || die "morpheus-ctl reconfigure failed twice: $(last_words "$RUN/step.log")"
  fi
  share_generated
  check_effective
  fingerprint | write "$STATE/reconfigured" 0600
}

# reconfigure must not run on two nodes at the same time. It downloads through the proxy what the supplemental
# package does not contain. Back ends are reached directly.
reconfigure() {
  lock_is_held || die "this node no longer holds the lock: another node may be reconfiguring"
  local direct=localhost,127.0.0.1,169.254.169.254,$DATABASE_HOST,$MESSAGING_HOST,$SEARCH_HOST
  foreign env ${PROXY:+"http_proxy=$PROXY" "https_proxy=$PROXY" "no_proxy=$direct"} \
    morpheus-ctl reconfigure
}

# check_effective reads one setting back: the vendor's documents contradict each other about max_active with an
# external database. Too many connections of all nodes together would make the database refuse them.
check_effective() {
  local have
  # The output has passwords: only the number is kept.
  have=$(foreign timeout 60 morpheus-ctl show-config 2>/dev/null |
    jq --raw-output '[.. | objects | .mysql? | objects | .max_active | numbers, strings][0] // empty' 2>/dev/null) || true
  case $have in
    "$DATABASE_MAX_OPEN") log "the appliance keeps at most $have database connections" ;;
    '') log "morpheus-ctl show-config does not show mysql['max_active']" ;;
    *)
      log "warning: the appliance may open $have database connections instead of $DATABASE_MAX_OPEN:" \
        "check that those of all nodes fit into max_connections of the database"
      ;;
  esac
}

# update_generated writes the shared secrets, with the current credentials of the back ends, to $GENERATED. While
# none are shared, it updates what an interrupted reconfigure of this node has left.
update_generated() {
  local made=/dev/null
  jq --exit-status .secrets "$RUN/secret/appliance.json" >/dev/null || made=$GENERATED
  [[ -e $made ]] || return 0
  merge_generated "$made" || die "$GENERATED or the secret $APPLIANCE_SECRET is not valid JSON"
}

# share_generated stores the secrets that reconfigure generated, on the first node or by a newer release, for the
# other nodes. The appliance must not change shared values. A value that a newer release drops stays stored, because
# nodes of the former release may still run.
share_generated() {
  local names
  [[ -s $GENERATED ]] || die "reconfigure did not create $GENERATED"
  chmod 0600 "$GENERATED"
  merge_generated "$GENERATED" || die "$GENERATED is not valid JSON"
  names=$(generated changed)
  [[ -z $names ]] || die "reconfigure changed values in $GENERATED that other nodes use: $names"
  names=$(generated dropped)
  [[ -z $names ]] || log "warning: reconfigure dropped values from $GENERATED: $names"
  [[ -n $(generated added) ]] || return 0
  jq --slurpfile generated "$RUN/generated.json" '.secrets = ($generated[0].merged | tojson)' \
    "$RUN/secret/appliance.json" | write "$RUN/secret/appliance.json" 0600
  keep_appliance_secrets
  log "stored the secrets that reconfigure generated: $(generated added)"
}

# merge_generated FILE compares the shared secrets with those in FILE (/dev/null for none) and writes $GENERATED,
# with the current credentials of the back ends. jq's errors are dropped: they quote text that is not JSON, and it
# may be a secret. The result is not in $RUN/secret, because the names in it must not be redacted.
merge_generated() {
  jq --rawfile made "$1" --slurpfile database "$RUN/secret/database.json" \
    --slurpfile messaging "$RUN/secret/messaging.json" --from-file "$LIB/generated.jq" \
    "$RUN/secret/appliance.json" 2>/dev/null | write "$RUN/generated.json" 0600 || return
  [[ -n $(generated changed) ]] || jq .merged "$RUN/generated.json" | write_changed "$GENERATED" 0600
}

# generated FIELD prints the names of the values that were changed, dropped or added.
generated() { jq --raw-output --arg field "$1" '.[$field] | join(", ")' "$RUN/generated.json"; }

# fingerprint covers what a reconfigure depends on. Most stacks have no trusted.pem.
fingerprint() {
  { cat "$CONFIGURATION" "$GENERATED" "$STATE/package-morpheus-appliance" "$LIB/trusted.pem" 2>/dev/null || true; } |
    sha256sum
}

# step_ready waits until the node serves. The lock is held until then, because the first node creates the tables while
# it starts.
step_ready() {
  # After a reboot the supervisor is down if the file system was mounted too late (see mount_at_boot).
  foreign timeout 120 systemctl start morpheus-runsvdir ||
    log "the supervisor of the appliance, morpheus-runsvdir, did not start"
  pings || foreign morpheus-ctl start >/dev/null 2>&1 || true
  retry "$(most)" "answer to /ping" serves ||
    die "the appliance does not answer MORPHEUS PING on https://127.0.0.1/ping"
}

# local_api PATH CURL-ARGUMENTS... calls the appliance on this node. Its certificate is self-signed and not
# verified: the connection does not leave the node.
local_api() {
  local path=$1
  shift
  curl --silent --show-error --fail --insecure --connect-timeout 5 --max-time 60 --noproxy '*' \
    "https://127.0.0.1$path" "$@" 2>"$RUN/curl.err"
}

pings() { [[ $(local_api /ping) == *'MORPHEUS PING'* ]]; }

# serves needs three answers in a row: right after a reconfigure, one answer may come from the process that is
# stopping.
serves() { pings && sleep "$POLL_SECONDS" && pings && sleep "$POLL_SECONDS" && pings; }

# step_setup creates the first administrator from the setup secret, if there is one. Without an administrator, the
# first client that reaches the setup page becomes administrator.
step_setup() {
  local pending=$SHARED/.morpheus-node/license
  [[ -n $SETUP_SECRET ]] || return 0
  retry "$(most)" "setup state" setup_state ||
    die "cannot determine whether the appliance has an administrator: $(last_words "$RUN/curl.err")"
  if [[ $(cat "$RUN/setup") == true ]]; then
    # If this node fails to install the licence, this file tells the next node to do it.
    : >"$pending"
    make_administrator
  else
    log "the appliance already has an administrator"
  fi
  [[ -e $pending ]] || return 0
  if jq --exit-status '.license // "" | length > 0' "$RUN/secret/setup.json" >/dev/null; then
    install_license || die "the appliance rejected the licence: $(last_words "$RUN/curl.err")"
    log "the licence is installed"
  fi
  rm -f "$pending"
}

# setup_state accepts only an answer with true or false. Older releases answer false with HTTP status 400.
setup_state() {
  { local_api /api/setup --no-fail --fail-with-body --max-time 30 || true; } |
    jq --raw-output '.setupNeeded | booleans | tostring' >"$RUN/setup" 2>/dev/null
  # jq 1.6 returns success without output.
  [[ -s $RUN/setup ]]
}

make_administrator() {
  jq --arg url "$APPLIANCE_URL" '
    {accountName: "Master", applianceName: "Morpheus", firstName: "", lastName: "", email: ""}
    + del(.license) + {applianceUrl: $url, hubMode: "skip"}' "$RUN/secret/setup.json" |
    local_api /api/setup/init -H 'Content-Type: application/json' --data-binary @- >/dev/null ||
    die "the appliance rejected the first administrator: $(last_words "$RUN/curl.err")"
  log "the first administrator is created"
}

install_license() {
  jq --raw-output --join-output '"username=\(.username | @uri)&password=\(.password | @uri)"' \
    "$RUN/secret/setup.json" |
    local_api '/oauth/token?client_id=morph-api&grant_type=password&scope=write' --data-binary @- |
    jq --raw-output --exit-status '"header = \"Authorization: Bearer \(.access_token)\""' |
    write "$RUN/secret/setup.curl" 0600 || return
  jq '{license}' "$RUN/secret/setup.json" |
    local_api /api/license --config "$RUN/secret/setup.curl" -H 'Content-Type: application/json' \
      --data-binary @- >/dev/null
}
