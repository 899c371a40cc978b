#!/usr/bin/env bash
# Usage: without_sudo.sh <test_host>
#
# The tests of commands as another user, on a machine that has sudo, once more as if it had none: in a view of
# /usr/bin of their own. 77: there is no sudo to hide, or nobody may hide it.
set -euo pipefail

[ -x /usr/bin/sudo ] || exit 77
[ "$(id -u)" -eq 0 ] || exit 77
[ -z "${HIDDEN:-}" ] || {
  mount -t overlay overlay -o "lowerdir=/usr/bin,upperdir=$HIDDEN/changes,workdir=$HIDDEN/work" /usr/bin || exit 77
  rm /usr/bin/sudo
  exec "$1" "[auth]"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/changes" "$folder/work"
unshare --mount env HIDDEN="$folder" "$0" "$1"
