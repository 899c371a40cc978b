#!/usr/bin/env bash
# Usage: install-npm-packages.sh <list> <folder>
#
# Installs the npm packages of the list (name@version, one a line, # comments) in the folder, with npm's usual
# settings and without running scripts of theirs. A folder that holds them already stays as it is. Without npm,
# Debian's is installed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
packages=$(sed 's/#.*//' "$1" | xargs)
mark=$2/installed

[ "$(cat "$mark" 2>/dev/null || true)" != "$packages" ] || exit 0
command -v npm >/dev/null || "$here/install-dependencies.sh" <(echo npm)
rm -rf "$2"
mkdir -p "$2"
echo "installing: $packages"
# A registry that cannot be reached keeps npm waiting for ever.
# shellcheck disable=SC2086  # one word each
timeout 600 npm install --prefix "$2" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error $packages || {
  echo "npm could not install them within 10 minutes; behind a proxy it needs https_proxy" >&2
  exit 1
}
echo "$packages" >"$mark"
