# shellcheck shell=bash
# Programs that the image may lack, and downloads: nothing is used whose SHA-256 was not given.

RDS_CA=/usr/local/share/morpheus-node/rds-ca.pem

step_tools() {
  local name probe kind file sha256
  install_packages
  while IFS=$'\t' read -r name probe kind file sha256 <&3; do
    if [[ -e $probe ]]; then
      log "$name is there"
      continue
    fi
    [[ -n $MIRROR_BUCKET && -n $sha256 ]] ||
      die "$name is not in the image, and neither nodeTools.bucket nor its checksum says where it comes from"
    fetch "s3://$MIRROR_BUCKET/$file" "$CACHE/${file##*/}" "$sha256" "$name"
    "install_$kind" "$CACHE/${file##*/}" "$name"
    rm -f "$CACHE/${file##*/}"
    [[ -e $probe ]] || die "$name was installed from $file but $probe is not there"
  done 3<"$LIB/tools.tsv"
}

# install_packages of the distribution, those that are not there: its archive signs them.
install_packages() {
  local program package missing=()
  while IFS=$'\t' read -r program package <&3; do
    command -v "$program" >/dev/null || missing+=("$package")
  done 3<"$LIB/packages.tsv"
  ((${#missing[@]})) || return 0
  log "from the distribution: ${missing[*]}"
  retry "$(most)" "packages of the distribution" apt_install "${missing[@]}" ||
    die "the distribution's archive did not give ${missing[*]}: $(last_words "$RUN/apt.log"); without a way to it, use an image that has them"
}

apt_install() {
  apt_get update && apt_get -y --no-install-recommends install "$@"
}

# apt_get ARGUMENTS...: it waits for who has dpkg, as long as the step may take: on a first boot the unattended upgrades
# have it for minutes. The locks of the lists and the archives are not waited for: what fails by them is tried again.
apt_get() {
  foreign apt-get "${APT_PROXY[@]}" -qq -o DPkg::Lock::Timeout="$(most)" "$@" >"$RUN/apt.log" 2>&1 && return
  # A full disk, a dependency that nobody has, and a package whose own scripts fail, will not pass.
  ! grep -Eq 'No space left on device|unmet dependencies|dpkg returned an error code \(1\)' "$RUN/apt.log" || return 9
  # A machine that was ended while it installed left dpkg in the middle of it.
  if grep -q 'dpkg --configure -a' "$RUN/apt.log"; then
    foreign dpkg --configure -a >>"$RUN/apt.log" 2>&1 || true
  fi
  return 1
}

# install_deb FILE NAME
install_deb() {
  retry "$(most)" "$2" apt_get -y --no-install-recommends install "$1" ||
    die "$2 could not be installed: $(last_words "$RUN/apt.log")"
}

# install_zip FILE NAME: the AWS CLI, which comes with an installer.
install_zip() {
  local folder
  folder=$(mktemp -d "$CACHE/unzip.XXXXXX")
  unzip -q "$1" -d "$folder" || die "$2 could not be unpacked"
  foreign "$folder/aws/install" --update >"$RUN/apt.log" 2>&1 ||
    die "$2 could not be installed: $(last_words "$RUN/apt.log")"
  rm -rf "$folder"
}

# install_pem FILE NAME: certificates.
install_pem() {
  install -D -m 0644 "$1" "$RDS_CA"
}

# fetch URL FILE SHA256 WHAT: https, or s3 with the node's role.
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
    die "$what from ${url%%\?*} has the SHA-256 $have but must have $want"
  fi
}

checksum() { sha256sum "$1" 2>/dev/null | cut -d ' ' -f 1 || true; }

# download URL FILE
download() {
  download_once "$@" && return
  # What is not there will not come by waiting. S3 says 403 of a missing object, as of a permission that is still on its way,
  # because nodes may not list the bucket.
  ! grep -Eq 'NoSuchBucket|NoSuchKey|\(404\)|error: 404' "$RUN/download.err" || return 9
  return 1
}

# download_once URL FILE
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
    # The URL may be signed: it stays out of the process list.
    *)
      curl --silent --show-error --fail --location --proto =https --connect-timeout 20 --speed-limit 1024 --speed-time 60 \
        ${PROXY:+--proxy "$PROXY"} --output "$2" --config - 2>"$RUN/download.err" <<<"url = \"$1\""
      ;;
  esac
}
