#!/usr/bin/env bash
# Usage: install-dependencies.sh <list>...
#
# Installs the Debian packages of the lists (one a line, # comments) that are missing. Where there is no
# apt-get, prints them and stops.
set -euo pipefail

packages=$(sed 's/#.*//' "$@" | xargs)

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian. Install what these Debian packages hold, then run 'make build':" >&2
  echo "  $packages" >&2
  exit 1
fi

missing=
for package in $packages; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=" $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and there is no sudo to install them with:$missing" >&2
    exit 1
  fi
  as_root=sudo
fi
echo "installing:$missing"
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
