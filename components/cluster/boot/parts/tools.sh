# shellcheck shell=bash
# Programs that may be missing from the image, and downloads. A download must match its configured SHA-256.

RDS_CA=/usr/local/share/morpheus-node/rds-ca.pem

step_tools() {
  local name probe kind file sha256
  install_packages
  while IFS=$'\t' read -r name probe kind file sha256 <&3; do
    if [[ -e $probe ]]; then
      log "$name is already installed"
      continue
    fi
    [[ -n $MIRROR_BUCKET && -n $sha256 ]] ||
      die "$name is not in the image: nodeTools.bucket and the checksum of the tool are required to install it"
    fetch "s3://$MIRROR_BUCKET/$file" "$CACHE/${file##*/}" "$sha256" "$name"
    "install_$kind" "$CACHE/${file##*/}" "$name"
    rm -f "$CACHE/${file##*/}"
    [[ -e $probe ]] || die "$name was installed from $file, but $probe does not exist"
  done 3<"$LIB/tools.tsv"
}

# install_packages installs missing packages of the distribution. APT verifies their signatures.
install_packages() {
  local program package missing=()
  while IFS=$'\t' read -r program package <&3; do
    command -v "$program" >/dev/null || missing+=("$package")
  done 3<"$LIB/packages.tsv"
  ((${#missing[@]})) || return 0
  log "installing from the distribution: ${missing[*]}"
  retry "$(most)" "packages of the distribution" apt_install "${missing[@]}" ||
    die "${missing[*]} could not be installed: $(last_words "$RUN/apt.log");" \
      "without access to the distribution's archive, use an image that has them"
}

apt_install() {
  apt_get update && apt_get -y --no-install-recommends install "$@"
}

# apt_get ARGUMENTS... waits for the dpkg lock until the step's retry limit: on a first boot, unattended upgrades
# hold it for minutes. APT does not wait for the locks of its lists and archives, so the caller must retry.
apt_get() {
  foreign apt-get "${APT_PROXY[@]}" -qq -o DPkg::Lock::Timeout="$(most)" "$@" >"$RUN/apt.log" 2>&1 &&
    return
  # A full disk, a missing dependency and failing package scripts are final.
  ! grep -Eq 'No space left on device|unmet dependencies|dpkg returned an error code \(1\)' "$RUN/apt.log" || return 9
  # A machine that was stopped during an installation left dpkg unfinished.
  if grep -q 'dpkg --configure -a' "$RUN/apt.log"; then
    foreign dpkg --configure -a >>"$RUN/apt.log" 2>&1 || true
  fi
  return 1
}

# install_deb FILE NAME installs a package with its dependencies.
install_deb() {
  retry "$(most)" "$2" apt_get -y --no-install-recommends install "$1" ||
    die "$2 could not be installed: $(last_words "$RUN/apt.log")"
}

# install_zip FILE NAME installs the AWS CLI with its own installer.
install_zip() {
  local folder
  folder=$(mktemp -d "$CACHE/unzip.XXXXXX")
  unzip -q "$1" -d "$folder" || die "$2 could not be unpacked"
  foreign "$folder/aws/install" --update >"$RUN/apt.log" 2>&1 ||
    die "$2 could not be installed: $(last_words "$RUN/apt.log")"
  rm -rf "$folder"
}

# install_pem FILE NAME installs certificates.
install_pem() {
  install -D -m 0644 "$1" "$RDS_CA"
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
