# shellcheck shell=bash
# Programs that may be missing from the image.

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
    if [[ $program == - ]]; then
      dpkg --status "$package" >/dev/null 2>&1 || missing+=("$package")
    else
      command -v "$program" >/dev/null || missing+=("$package")
    fi
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
