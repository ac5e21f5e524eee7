# shellcheck shell=bash
# What a failed boot leaves behind for whoever is called: in the log group and, when there is one, in the bucket.

# report STEP
report() {
  local text=$RUN/diagnostics.txt
  collect "$1" >"$RUN/diagnostics.raw" 2>&1 || true
  # Cut only then: of half a secret nobody knows that it is one.
  redact <"$RUN/diagnostics.raw" | cut -c 1-2000 >"$text" || {
    printf 'step %s failed; the details could not be cleared of secrets and stay on the node\n' "$1" >"$text"
  }
  rm -f "$RUN/diagnostics.raw"
  # The console can still be read when the node is gone: aws ec2 get-console-output.
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
  section mounts findmnt --types efs,nfs4
  section services morpheus-ctl status
  section 'morpheus-ui' tail -n 100 /var/log/morpheus/morpheus-ui/current
  section 'mount helper' tail -n 30 /var/log/amazon/efs/mount.log
  section packages tail -n 20 /var/log/dpkg.log
}

# section TITLE COMMAND...
section() {
  printf '\n== %s\n' "$1"
  shift
  timeout --kill-after=5 20 "$@" 2>&1 || true
}

# reason of a failure, as people may read it.
reason() { redact <"$RUN/reason" | cut -c 1-600 || echo "the reason could not be cleared of secrets and stays on the node"; }

# redact takes every value of every secret out of what comes in, however it is written there. When it fails, nothing of
# what came in comes out.
redact() {
  local file files=()
  # As text: a secret that is no JSON is one all the same.
  for file in "$RUN"/secret/*.json "$GENERATED"; do
    [[ ! -e $file ]] || files+=(--rawfile "f${#files[@]}" "$file")
  done
  if ((${#files[@]})); then
    jq --raw-input --slurp --raw-output --join-output --from-file "$LIB/redact.jq" "${files[@]}" 2>/dev/null
  else
    # No secret was read yet.
    cat
  fi
}

# send_report FILE: CloudWatch Logs takes 256 KiB an event; the file has less.
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
  iconv -c -f utf-8 -t utf-8 | awk 'BEGIN {printf "\""} {gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/[\001-\037]/, " "); printf "%s\\n", $0} END {printf "\""}'
}

# logs_call ACTION CLI-NAME FILE
logs_call() {
  if command -v aws >/dev/null; then
    aws_cli logs "$2" --cli-input-json "file://$3" >/dev/null
  else
    signed_call logs "https://logs.$REGION.$DNS_SUFFIX/" -H "X-Amz-Target: Logs_20140328.$1" \
      -H 'Content-Type: application/x-amz-json-1.1' --data-binary "@$3"
  fi
}
