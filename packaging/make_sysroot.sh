#!/usr/bin/env bash
# Usage: make_sysroot.sh <folder>
#
# ARCH says for which machine. Makes <folder>: the files of that machine's libraries which debian-packages.txt names, from the
# package sources that apt uses here, with all fixes that they have today. Nothing of it is installed here. Does nothing when it is
# there, made by this script from that list. Takes a minute; needs no root.
set -euo pipefail
# shellcheck source=packaging/product.sh
. "$(dirname "$0")/product.sh"
list=$here/../third_party/debian-packages.txt

made_by=$(echo "$ARCH" && cat "$0" "$list" | sha256sum && grep VERSION_CODENAME /etc/os-release)
[ "$(cat "$1.made-by" 2>/dev/null)" != "$made_by" ] || exit 0
rm -rf "${1:?}" "$1.made-by"
mkdir -p "$1.work"/{lists/partial,archives/partial}
work=$(cd "$1.work" && pwd)
trap 'rm -rf "$work"' EXIT
: >"$work/status"

# apt <argument>...: as on a machine of that kind that has nothing.
apt() {
  apt-get -qq -o APT::Architecture="$(deb_architecture)" -o APT::Architectures="$(deb_architecture)" -o Debug::NoLocking=1 \
    -o Dir::State="$work" -o Dir::State::status="$work/status" -o Dir::Cache="$work" -o APT::Sandbox::User= \
    -o APT::Install-Recommends=no "$@"
}

echo "collecting the libraries of $ARCH"
apt update
# shellcheck disable=SC2046  # one word each
apt install --download-only --yes libc6-dev $(sed -n 's/#.*//; /^dpkg-dev$/d; /-dev$/p' "$list") >/dev/null
for deb in "$work"/archives/*.deb; do dpkg-deb -x "$deb" "$work/tree"; done
mv "$work/tree" "$1"
echo "$made_by" >"$1.made-by"
