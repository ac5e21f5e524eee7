#!/usr/bin/env bash
# Writes what proves a restore, and keeps what AWS Backup does not take: snapshots of the search domain and the
# definitions of the broker. morpheus-node-keep.timer runs it on every node; in each hour one node does the work.
#
#   keep.sh                    does all tasks
#   keep.sh task NAME          does one task; the first form runs each task this way
#   keep.sh read-row HOST      prints the canary of a restored database
#   keep.sh read-file ADDRESS FILE-SYSTEM
#                              prints the canary of a restored file system, which has a mount target at the address
set -euo pipefail
umask 077

# The boot may run at the same time, and a check of a restore: each has its own secrets and errors.
# shellcheck disable=SC2034 # for common.sh
LOG_NAME=keep RUN_NAME=keep STEP_BOUND=250
# shellcheck disable=SC2034
[[ ${1:-} != read-* ]] || RUN_NAME=$1-$$
LIB=$(dirname "$(readlink -f "$0")")
for part in common aws diagnostics tools storage database broker checks; do
  # shellcheck source=/dev/null
  . "$LIB/$part.sh"
done
read_settings

# Where the nodes agree who did the work.
AGREED=$SHARED/.morpheus-node
# The schema of the canary; the appliance has its own.
CANARY=morpheus_canary
REPOSITORY=morpheus

main() {
  local task status failed=
  make_folders
  install -d -m 0700 "$RUN/facts"
  retry 60 "instance metadata instance-id" keep_fact instance-id
  # A node that boots may lack its back ends, and a failed one has no business here.
  continued || { log "the node is not in service: nothing is done" && return; }
  # A process that accesses a stalled file system hangs forever. A child that can be killed tries it first.
  shared 20 test -d "$AGREED" || { log "FAILED: the file system $FILE_SYSTEM_ID does not answer" && return 1; }
  exec 9>>"$AGREED/keep.lock"
  shared 20 flock --nonblock 9 || return 0
  [[ -z $(find "$AGREED/kept" -mmin -50 2>/dev/null) ]] || return 0
  for task in row file snapshots definitions; do
    status=0
    rm -f "$RUN/reason"
    timeout --kill-after=10 "$STEP_BOUND" bash "$LIB/keep.sh" task "$task" >"$RUN/task.log" 2>&1 9>&- || status=$?
    # The log goes to CloudWatch, and a program may have printed a password.
    redact <"$RUN/task.log" >>"$LOG" || log "$task: its output could not be redacted"
    if ((status == 0)); then
      log "$task: done"
    else
      [[ -s $RUN/reason ]] || because "ended with status $status: $(tail -n 1 "$RUN/task.log")"
      log "$task: FAILED: $(reason)"
      failed=1
    fi
  done
  rm -rf "$RUN/secret"
  [[ -z $failed ]] || return 1
  : >"$AGREED/kept"
}

# canary prints a time and its digest: a copy that is old, cut or changed does not match.
canary() {
  local written
  written=$(date -u +%FT%TZ)
  printf '%s %s\n' "$written" "$(printf %s "$written" | sha256sum | cut -d ' ' -f 1)"
}

# metric NAME VALUE publishes a value in the namespace of the stack.
metric() {
  aws_cli cloudwatch put-metric-data --namespace "$METRIC_NAMESPACE" --metric-name "$1" --value "$2" ||
    die "the metric $1 cannot be published: $(last_words "$ERRORS")"
}

task_row() {
  read_secret database "$DATABASE_SECRET"
  client_settings database
  retry "$(most)" "canary of the database" write_row ||
    die "the canary cannot be written to the database at $DATABASE_HOST:$DATABASE_PORT: $(last_words "$RUN/mysql.err")"
  metric CanaryRowsWritten 1
}

# write_row replaces the only row. The administrator's secret is read only while the table is missing.
write_row() {
  local status=0
  replace_row && return
  grep -Eq 'ERROR (1044|1049|1142|1146)' "$RUN/mysql.err" || return 1
  if fetch_secret admin "$DATABASE_ADMIN_SECRET" && client_settings admin; then
    jq --raw-output --arg schema "$CANARY" '
      def text: "\u0027" + (split("\\") | join("\\\\") | split("\u0027") | join("\\\u0027")) + "\u0027";
      "SET SESSION sql_mode = \u0027\u0027;",
      "CREATE DATABASE IF NOT EXISTS \($schema);",
      "CREATE TABLE IF NOT EXISTS \($schema).canary (id TINYINT PRIMARY KEY, written CHAR(20), digest CHAR(64));",
      "GRANT SELECT, INSERT, DELETE ON \($schema).* TO \(.username | text)@\u0027%\u0027;"' \
      "$RUN/secret/database.json" | sql admin || status=$?
  else
    status=1
    cp "$ERRORS" "$RUN/mysql.err"
  fi
  rm -f "$RUN"/secret/admin.*
  ((status == 0)) && replace_row
}

replace_row() {
  local written digest
  read -r written digest < <(canary)
  sql database <<<"REPLACE INTO $CANARY.canary VALUES (1, '$written', '$digest');"
}

task_file() {
  # shellcheck disable=SC2016 # expanded by the child
  canary | shared 60 bash -c 'cat >"$1.new" && mv -f "$1.new" "$1"' - "$AGREED/canary" ||
    die "the canary cannot be written to the file system $FILE_SYSTEM_ID"
  metric CanaryFilesWritten 1
}

task_snapshots() {
  local age
  read_secret search "$SEARCH_SECRET"
  curl_user search
  retry "$(most)" "permission for snapshots" may_keep_snapshots ||
    die "the node's role cannot be mapped to manage_snapshots: $(last_words "$RUN/curl.err")"
  retry "$(most)" "snapshot repository" repository_exists ||
    die "the repository in $SNAPSHOT_BUCKET cannot be registered: $(last_words "$RUN/curl.err")"
  retry "$(most)" "snapshot policy" policy_exists ||
    die "the policy of the snapshots cannot be written: $(last_words "$RUN/curl.err")"
  retry "$(most)" "list of snapshots" search_api "_snapshot/$REPOSITORY/_all" ||
    die "the snapshots cannot be listed: $(last_words "$RUN/curl.err")"
  age=$(jq --argjson now "$(date +%s)" '
    [.snapshots[] | select(.state == "SUCCESS") | .end_time_in_millis] | max // empty | ($now - . / 1000) / 3600 | floor' \
    "$RUN/answer")
  # A new domain has its first snapshot after the first night.
  [[ -n $age ]] || { log "there is no snapshot yet" && return; }
  log "the newest snapshot is $age hours old"
  metric SearchSnapshotAgeHours "$age"
}

# search_api PATH CURL-ARGUMENTS... calls the domain as its master user. The answer is in $RUN/answer, with its status in
# $RUN/status.
search_api() {
  local path=$1 failed=0
  shift
  curl --silent --show-error --fail-with-body --proto =https --connect-timeout 10 --max-time 60 --noproxy '*' \
    --config "$RUN/secret/search.curl" -H 'Content-Type: application/json' --write-out '\n%{http_code}\n' \
    "https://$SEARCH_HOST:$SEARCH_PORT/$path" "$@" >"$RUN/search.out" 2>"$RUN/curl.err" || failed=$?
  tail -n 1 "$RUN/search.out" >"$RUN/status"
  sed '$d' "$RUN/search.out" >"$RUN/answer"
  return "$failed"
}

# search_has PATH reads what may be missing, which is {}.
search_has() {
  search_api "$1" && return
  [[ $(cat "$RUN/status") == 404 ]] && echo '{}' >"$RUN/answer"
}

# may_keep_snapshots maps the node's role to manage_snapshots, beside what others have mapped: a write replaces all.
may_keep_snapshots() {
  local path=_plugins/_security/api/rolesmapping/manage_snapshots
  search_has "$path" || return
  ! jq --exit-status --arg role "$NODE_ROLE" '.manage_snapshots.backend_roles // [] | index($role)' "$RUN/answer" \
    >/dev/null || return 0
  jq --arg role "$NODE_ROLE" '.manage_snapshots // {} |
    {backend_roles: ((.backend_roles // []) + [$role]), hosts: (.hosts // []), users: (.users // [])}' \
    "$RUN/answer" >"$RUN/mapping.json" &&
    search_api "$path" -X PUT --data-binary "@$RUN/mapping.json" &&
    log "the node's role may keep snapshots"
}

# repository_exists registers the bucket. The call needs a signature of a role that may pass the role of the snapshots:
# the service refuses the master user. Without server_side_encryption the bucket's own key encrypts the objects.
repository_exists() {
  local wanted
  wanted=$(jq --null-input --compact-output --sort-keys --arg bucket "$SNAPSHOT_BUCKET" --arg role "$SNAPSHOT_ROLE" \
    --arg region "$REGION" '{bucket: $bucket, role_arn: $role, region: $region}')
  search_has "_snapshot/$REPOSITORY" || return
  [[ $(jq --compact-output --sort-keys --arg name "$REPOSITORY" \
    '.[$name].settings // {} | {bucket, role_arn, region}' "$RUN/answer") != "$wanted" ]] || return 0
  printf '{"type": "s3", "settings": %s}' "$wanted" >"$RUN/repository.json"
  signed_to "$RUN/answer" "$RUN/curl.err" es "https://$SEARCH_HOST:$SEARCH_PORT/_snapshot/$REPOSITORY" -X PUT \
    --noproxy '*' -H 'Content-Type: application/json' --data-binary "@$RUN/repository.json" &&
    log "the repository in $SNAPSHOT_BUCKET is registered"
}

# policy_exists makes OpenSearch take a snapshot each night and delete the oldest ones. A change names the version that it
# replaces.
policy_exists() {
  local path=_plugins/_sm/policies/$REPOSITORY version method=POST
  search_has "$path" || return
  ! jq --exit-status --slurpfile wanted "$LIB/snapshots.json" '
    def chosen: {creation: .creation.schedule.cron, keep: .deletion.condition, of: .snapshot_config.indices};
    (.sm_policy // {} | chosen) == ($wanted[0] | chosen)' "$RUN/answer" >/dev/null || return 0
  version=$(jq --raw-output 'if ._seq_no then "?if_seq_no=\(._seq_no)&if_primary_term=\(._primary_term)" else "" end' \
    "$RUN/answer")
  [[ -z $version ]] || method=PUT
  search_api "$path$version" -X "$method" --data-binary "@$LIB/snapshots.json" && log "the policy of the snapshots is written"
}

# task_definitions exports what the virtual host has. That of the whole broker would have the users with the hashes of
# their passwords; the boot makes the user again.
task_definitions() {
  local file=$RUN/definitions.json
  read_secret messaging "$MESSAGING_SECRET"
  curl_user messaging
  retry "$(most)" "definitions of the broker" export_definitions "$file" ||
    die "the definitions cannot be read from the broker at $MESSAGING_URL: $(last_words "$RUN/curl.err")"
  retry "$(most)" "definitions to $DEFINITIONS_BUCKET" aws_cli s3 cp --only-show-errors "$file" \
    "s3://$DEFINITIONS_BUCKET/definitions/morpheus.json" ||
    die "the definitions cannot be written to $DEFINITIONS_BUCKET: $(last_words "$ERRORS")"
  rm -f "$file"
  metric BrokerDefinitionsKept 1
}

export_definitions() {
  broker definitions/morpheus >"$1" &&
    jq --exit-status '(.queues | type == "array") and (.policies | type == "array") and (has("users") | not)' "$1" \
      >/dev/null 2>"$RUN/curl.err"
}

# read_row HOST asks a restored cluster, which has the users of its time, and the schema of the canary.
read_row() {
  read_secret database "$DATABASE_SECRET"
  DATABASE_HOST=$1 client_settings database
  sql database <<<"SELECT written, digest FROM $CANARY.canary WHERE id = 1;" >&3 ||
    die "the canary cannot be read: $(last_words "$RUN/mysql.err")"
}

# read_file ADDRESS FILE-SYSTEM mounts a restored file system for a moment, read-only. AWS Backup puts what it restores
# into a folder of its own.
read_file() {
  local folder=$RUN/restored status=0
  install -d "$folder"
  timeout 60 mount -t efs -o "ro,tls,iam,noresvport,mounttargetip=$1" "$2:/" "$folder" 2>"$RUN/mount.err" ||
    die "the restored file system $2 cannot be mounted: $(last_words "$RUN/mount.err")"
  # shellcheck disable=SC2016 # expanded by the child
  shared 60 bash -c 'cat "$1"/aws-backup-restore_*/.morpheus-node/canary' - "$folder" >&3 || status=$?
  timeout 60 umount "$folder" || true
  ((status == 0)) || die "the restored file system $2 has no canary"
}

case ${1:-} in
  '') main ;;
  task)
    set -E
    trap 'because "$(basename "${BASH_SOURCE[0]}") line $LINENO failed: $BASH_COMMAND"' ERR
    # shellcheck disable=SC2034 # for log
    STEP=$2
    "task_$2"
    ;;
  read-*)
    # Only the canary is the output.
    exec 3>&1 1>&2
    STEP=$1
    trap 'rm -rf --one-file-system "$RUN"' EXIT
    make_folders
    shift
    "${STEP/-/_}" "$@"
    ;;
  *) echo "usage: $0 [task NAME | read-row HOST | read-file ADDRESS FILE-SYSTEM]" >&2 && exit 2 ;;
esac
