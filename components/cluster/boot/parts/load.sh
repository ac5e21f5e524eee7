# shellcheck shell=bash
# Downloads. A download must match its configured SHA-256.

# step_files loads the other files of the boot, which are too large for the user data. A node does this once, so that
# a reboot does not depend on S3.
step_files() {
  local file=$CACHE/$FILES_SHA256.sh
  [[ $(cat "$STATE/files" 2>/dev/null) != "$FILES_SHA256" ]] || return 0
  fetch "s3://$FILES_BUCKET/boot/$FILES_SHA256.sh" "$file" "$FILES_SHA256" "the bundle of the boot"
  bash -eu "$file" "$LIB" || die "the bundle of the boot cannot be written to $LIB: $(last_words "$RUN/step.log")"
  rm -f "$file"
  write "$STATE/files" 0600 <<<"$FILES_SHA256"
}

# fetch URL FILE SHA256 WHAT downloads and verifies a file: by https, or from s3 with the node's role.
fetch() {
  local url=$1 file=$2 want=$3 what=$4 have
  have=$(checksum "$file")
  if [[ $have != "$want" ]]; then
    retry "$(most)" "$what" download "$url" "$file" ||
      die "$what could not be fetched from ${url%%\?*}: $(last_words "$RUN/download.err")"
    have=$(checksum "$file")
  fi
  if [[ $have != "$want" ]]; then
    rm -f "$file"
    die "$what from ${url%%\?*} has the SHA-256 $have, expected $want"
  fi
}

checksum() { sha256sum "$1" 2>/dev/null | cut -d ' ' -f 1 || true; }

# download URL FILE returns 9 when the object does not exist.
download() {
  download_once "$@" && return
  # S3 returns 403, not 404, for a missing object, because nodes may not list the bucket. A missing permission
  # returns 403 too and may be temporary, so 403 is retried.
  ! grep -Eq 'NoSuchBucket|NoSuchKey|\(404\)|error: 404' "$RUN/download.err" || return 9
  return 1
}

# download_once URL FILE makes one attempt. Its error is in $RUN/download.err.
download_once() {
  local bucket key
  case $1 in
    s3://*)
      IFS=/ read -r bucket key <<<"${1#s3://}"
      if command -v aws >/dev/null; then
        timeout "$(most)" aws s3 cp --only-show-errors "$1" "$2" 2>"$RUN/download.err"
      else
        SIGNED_SECONDS=$(most) signed_to "$2" "$RUN/download.err" s3 "https://s3.$REGION.$DNS_SUFFIX/$bucket/$key"
      fi
      ;;
    # The URL may contain a signature, so it must not be in the process list.
    *)
      curl --silent --show-error --fail --location --proto =https --connect-timeout 20 \
        --speed-limit 1024 --speed-time 60 ${PROXY:+--proxy "$PROXY"} \
        --output "$2" --config - 2>"$RUN/download.err" <<<"url = \"$1\""
      ;;
  esac
}
