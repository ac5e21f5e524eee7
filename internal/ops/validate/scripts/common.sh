# What both scripts begin with. Each run has a folder in memory of its own, for secrets and errors, which it removes.
# Systems Manager keeps what it prints, so that all of it is redacted.
set -euo pipefail
umask 077
# shellcheck disable=SC2034 # for common.sh of the node
RUN_NAME=validate-$$ STEP=validate
LIB=/usr/local/lib/morpheus-node
# The folder of the node's boot.
BOOT=/run/morpheus-node
for part in common aws diagnostics tools storage database broker appliance checks; do
  # shellcheck source=/dev/null
  . "$LIB/$part.sh"
done
read_settings
export AWS_MAX_ATTEMPTS=2

# begin makes the folder, and removes those of runs that were killed.
begin() {
  local folder
  for folder in "$BOOT"/validate-*; do
    [[ ! -d $folder ]] || kill -0 "${folder##*-}" 2>/dev/null || rm -rf --one-file-system "$folder"
  done
  install -d -m 0700 "$RUN" "$RUN/secret"
  : >"$RUN/told"
}

# tell NAME TEXT... keeps a line of the answer.
tell() {
  local name=$1 text
  shift
  text=$*
  printf '%s\t%s\n' "$name" "${text//[$'\t\r\n']/ }" >>"$RUN/told"
}

# quietly FUNCTION ARGUMENTS... runs a function with its output in the folder: an error may quote a secret. At the end,
# also if the script was stopped in the middle, it prints what was told, and after a failure the last line of the output.
quietly() {
  exec 3>&1 4>&2 >"$RUN/out" 2>&1 </dev/null
  trap 'exit 143' TERM
  trap 'answer $?' EXIT
  "$@"
}

answer() {
  (($1 == 0)) || tail -n 1 "$RUN/out" | redact >&4 || true
  redact <"$RUN/told" >&3 || true
  rm -rf --one-file-system "$RUN"
}
