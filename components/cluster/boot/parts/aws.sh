# shellcheck shell=bash
# AWS: instance metadata, secrets, lifecycle hooks.

IMDS=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
IMDS=${IMDS%/}

# imds PATH reads instance metadata by IMDSv2, with a token for each call. The token is not in the process list.
imds() {
  local token
  token=$(curl --silent --fail --max-time 5 --noproxy '*' -X PUT \
    -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$IMDS/latest/api/token") || return
  curl --silent --fail --max-time 5 --noproxy '*' --config - "$IMDS/latest/$1" \
    <<<"header = \"X-aws-ec2-metadata-token: $token\""
}

step_facts() {
  local name
  install -d -m 0700 "$RUN/facts"
  for name in instance-id placement/availability-zone placement/region local-ipv4; do
    retry "$(most)" "instance metadata $name" keep_fact "$name" ||
      die "the instance metadata service at $IMDS does not answer for $name"
  done
  [[ $(fact region) == "$REGION" ]] || die "the node is in $(fact region) but was made for $REGION"
  # The appliance requires that a node can resolve its own host name.
  timeout 5 getent hosts "$(hostname)" >/dev/null ||
    printf '%s %s\n' "$(fact local-ipv4)" "$(hostname)" >>/etc/hosts
  log "$(fact instance-id) in $(fact availability-zone), $(fact local-ipv4)"
}

keep_fact() {
  local value
  value=$(imds "meta-data/$1") && [[ -n $value ]] && write "$RUN/facts/${1##*/}" 0600 <<<"$value"
}

# The error of the last call. Processes that run in parallel to the steps use files of their own.
ERRORS=$RUN/aws.err

# aws_cli ARGUMENTS... runs the AWS CLI with a time-out. Its error is in $ERRORS.
aws_cli() { timeout 90 aws --cli-connect-timeout 10 --cli-read-timeout 60 "$@" 2>"$ERRORS"; }

step_secrets() {
  read_secret database "$DATABASE_SECRET"
  read_secret messaging "$MESSAGING_SECRET"
  read_secret search "$SEARCH_SECRET"
  if [[ -n $SETUP_SECRET ]]; then
    read_secret setup "$SETUP_SECRET"
  fi
}

# read_secret NAME ARN reads JSON {"username", "password"} into memory.
read_secret() {
  local name=$1 arn=$2
  retry "$(most)" "secret of the $name" fetch_secret "$name" "$arn" ||
    die "the secret of the $name, $arn, cannot be read: $(last_words "$ERRORS")"
  jq --exit-status '(.username | type == "string" and length > 0) and (.password | type == "string" and length > 0)' \
    "$RUN/secret/$name.json" >/dev/null 2>&1 ||
    die "the secret of the $name, $arn, is not JSON with a username and a password"
}

# fetch_secret NAME ARN replaces the former value only when the new one is complete.
fetch_secret() {
  aws_cli secretsmanager get-secret-value --secret-id "$2" --query SecretString --output text >"$RUN/secret/$1.new" &&
    mv -f "$RUN/secret/$1.new" "$RUN/secret/$1.json" && return
  # A missing secret is final. A missing permission may be temporary: IAM is eventually consistent.
  ! grep -q ResourceNotFoundException "$ERRORS" || return 9
  return 1
}

# secret NAME FIELD
secret() { jq --raw-output --join-output --arg field "$2" '.[$field]' "$RUN/secret/$1.json"; }

# lifecycle CLI-NAME ACTION HOOK [RESULT] makes a call for the lifecycle action of this instance.
lifecycle() {
  if command -v aws >/dev/null; then
    aws_cli autoscaling "$1" --auto-scaling-group-name "$GROUP_NAME" --lifecycle-hook-name "$3" \
      --instance-id "$(fact instance-id)" ${4:+--lifecycle-action-result "$4"} >/dev/null
  else
    signed_call autoscaling "https://autoscaling.$REGION.$DNS_SUFFIX/" \
      --data-urlencode "Action=$2" --data-urlencode Version=2011-01-01 \
      --data-urlencode "AutoScalingGroupName=$GROUP_NAME" --data-urlencode "LifecycleHookName=$3" \
      --data-urlencode "InstanceId=$(fact instance-id)" ${4:+--data-urlencode "LifecycleActionResult=$4"}
  fi
}

# beat HOOK sends a heartbeat, which extends the wait of a hook. It fails while the hook does not wait for this
# instance.
beat() { lifecycle record-lifecycle-action-heartbeat RecordLifecycleActionHeartbeat "$1"; }

# answer_hook HOOK RESULT
answer_hook() {
  lifecycle complete-lifecycle-action CompleteLifecycleAction "$1" "$2" && return
  # No open action is not an error: the hook was answered, has timed out, or does not exist.
  grep -qi 'no active lifecycle action' "$ERRORS" || return 1
  log "hook $1 has no open lifecycle action for this instance"
}

# continued is true when this instance has completed the launch hook. The state file has the instance ID, because an
# image that was made from a node contains the file of that node.
continued() { [[ $(cat "$STATE/continued" 2>/dev/null) == "$(fact instance-id)" ]]; }

step_continue() {
  ! continued || return 0
  retry "$(most)" "answer to the launch hook" answer_hook "$LAUNCH_HOOK" CONTINUE ||
    die "cannot complete the launch hook with CONTINUE: $(last_words "$ERRORS")"
  fact instance-id | write "$STATE/continued" 0600
}

# abandon makes the group replace the node. After a reboot no hook waits: the health check of the load balancer
# decides.
abandon() {
  if continued; then
    log "boot failed on a node in service: its health check decides"
    return
  fi
  retry 60 "answer to the launch hook" answer_hook "$LAUNCH_HOOK" ABANDON ||
    log "cannot complete the launch hook with ABANDON, it will time out: $(last_words "$ERRORS")"
}

# heartbeats PID extends the launch hook while that boot runs, at most for the sum of the step limits. If a boot hangs
# longer, for example on a stalled file system, the hook times out and the group terminates the node.
heartbeats() {
  ERRORS=$RUN/beat.err
  while sleep "$HEARTBEAT_SECONDS" && kill -0 "$1" 2>/dev/null; do
    if ((SECONDS > BOOT_SECONDS)); then
      log "the boot takes longer than $BOOT_SECONDS s: no more heartbeats"
      return
    fi
    continued || beat "$LAUNCH_HOOK" || true
  done
}

# signed SERVICE URL CURL-ARGUMENTS... makes one call with the node's role, before the AWS CLI is installed.
signed() {
  local service=$1 role
  shift
  role=$(imds meta-data/iam/security-credentials/) || return
  # jq may not be installed yet. The document has one key per line.
  imds "meta-data/iam/security-credentials/$role" | tr ',' '\n' | awk -F '"' '
    $2 == "AccessKeyId" {id = $4}
    $2 == "SecretAccessKey" {key = $4}
    $2 == "Token" {token = $4}
    END {printf "user = \"%s:%s\"\nheader = \"X-Amz-Security-Token: %s\"\n", id, key, token}' |
    curl --silent --show-error --fail-with-body --proto =https --connect-timeout 10 \
      --max-time "${SIGNED_SECONDS:-60}" --config - --aws-sigv4 "aws:amz:$REGION:$service" "$@"
}

# signed_to FILE ERRORS SIGNED-ARGUMENTS... writes the answer to FILE. On an error, ERRORS has curl's message and AWS's
# code and message, but not the rest of the answer, which may repeat the session token.
signed_to() {
  local file=$1 errors=$2
  shift 2
  signed "$@" >"$file" 2>"$errors" && return
  grep -aEo '<(Code|Message)>[^<]*|"(__type|[Mm]essage)" *: *"[^"\\]*' "$file" |
    sed -E 's/^<[^>]*>|^"[^"]*" *: *"//' | paste -sd ' ' >>"$errors" || true
  rm -f "$file"
  return 1
}

# signed_call SIGNED-ARGUMENTS... makes a call whose answer is not needed. Its error is in $ERRORS.
signed_call() { signed_to "$ERRORS.body" "$ERRORS" "$@"; }
