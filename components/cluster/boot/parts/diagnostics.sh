# shellcheck shell=bash
# The report of a failed boot, in the log group and, if configured, in the bucket.

# report STEP sends the report.
report() {
  local text=$RUN/diagnostics.txt
  collect "$1" >"$RUN/diagnostics.raw" 2>&1 || true
  # Lines are cut after redaction: a cut secret would not be recognised.
  redact <"$RUN/diagnostics.raw" | cut -c 1-2000 >"$text" || {
    printf 'step %s failed; the details could not be redacted and stay on the node\n' "$1" >"$text"
  }
  rm -f "$RUN/diagnostics.raw"
  # The console can be read after the node is terminated: aws ec2 get-console-output.
  log "boot FAILED at step $1: $(reason)"
  retry 60 "report to $LOG_GROUP" send_report "$text" || log "no report in $LOG_GROUP: $(last_words "$ERRORS")"
  if [[ -n $DIAGNOSTICS_BUCKET ]] && command -v aws >/dev/null; then
    retry 60 "report to $DIAGNOSTICS_BUCKET" aws_cli s3 cp --only-show-errors "$text" \
      "s3://$DIAGNOSTICS_BUCKET/boot/$(fact instance-id)-$(date -u +%Y%m%dT%H%M%SZ).txt" || true
  fi
}

collect() {
  printf 'step: %s\nreason: %s\nnode: %s in %s\npackage: %s\n' "$1" "$(cat "$RUN/reason")" "$(fact instance-id)" \
    "$(fact availability-zone)" "$(basename "${PACKAGE_URL%%\?*}")"
  section 'boot log' tail -n 200 "$LOG"
  section 'last step' tail -n 100 "$RUN/step.log"
  section disks df -h / "$SHARED"
  section memory free -m
  section clock timedatectl
  section mounts findmnt --types efs,nfs4
  section services morpheus-ctl status
  section 'morpheus-ui' tail -n 100 /var/log/morpheus/morpheus-ui/current
  section 'mount helper' tail -n 30 /var/log/amazon/efs/mount.log
  section packages tail -n 20 /var/log/dpkg.log
}

# section TITLE COMMAND... prints a heading and the output of the command.
section() {
  printf '\n== %s\n' "$1"
  shift
  timeout --kill-after=5 20 "$@" 2>&1 || true
}

# reason prints the redacted reason of the failure.
reason() { redact <"$RUN/reason" | cut -c 1-600 || echo "the reason could not be redacted and stays on the node"; }

# redact removes every value of every secret from its input, in every encoding that occurs. When it fails, it prints
# nothing.
redact() {
  local file files=()
  # Read as text: a secret that is not valid JSON must be removed too.
  for file in "$RUN"/secret/*.json "$GENERATED"; do
    [[ ! -e $file ]] || files+=(--rawfile "f${#files[@]}" "$file")
  done
  if ((${#files[@]})); then
    jq --raw-input --slurp --raw-output --join-output --from-file "$LIB/redact.jq" "${files[@]}" 2>/dev/null
  else
    # No secret has been read yet.
    cat
  fi
}

# send_report FILE sends the end of the file: CloudWatch Logs accepts 256 KiB per event.
send_report() {
  local stream
  stream="$(fact instance-id)/boot-failure"
  tail --bytes=200000 "$1" | as_json_string >"$RUN/message.json"
  printf '{"logGroupName": "%s", "logStreamName": "%s"}' "$LOG_GROUP" "$stream" >"$RUN/stream.json"
  printf '{"logGroupName": "%s", "logStreamName": "%s", "logEvents": [{"timestamp": %s, "message": %s}]}' \
    "$LOG_GROUP" "$stream" "$(date +%s%3N)" "$(cat "$RUN/message.json")" >"$RUN/events.json"
  logs_call CreateLogStream create-log-stream "$RUN/stream.json" ||
    grep -q ResourceAlreadyExists "$ERRORS" || return
  logs_call PutLogEvents put-log-events "$RUN/events.json"
}

as_json_string() {
  iconv -c -f utf-8 -t utf-8 | awk '
    BEGIN {printf "\""}
    {gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/[\001-\037]/, " "); printf "%s\\n", $0}
    END {printf "\""}'
}

# logs_call ACTION CLI-NAME FILE calls CloudWatch Logs with the JSON request in FILE.
logs_call() {
  if command -v aws >/dev/null; then
    aws_cli logs "$2" --cli-input-json "file://$3" >/dev/null
  else
    signed_call logs "https://logs.$REGION.$DNS_SUFFIX/" -H "X-Amz-Target: Logs_20140328.$1" \
      -H 'Content-Type: application/x-amz-json-1.1' --data-binary "@$3"
  fi
}
