#!/usr/bin/env bash
# Usage: make_tree.sh <folder> <system or release>
#
# Makes <folder>/<system>, a minimal Debian with services/packages-<system>.txt (systemd or sysvinit) that starts
# /tests/start at the end of its boot; or <folder>/<release>, another release (such as trixie) with
# ../packages/packages-<release>.txt. Does nothing when it is there, made by this script from that list. Needs root and about
# a minute.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/debian.sh
. "$here/debian.sh"
system=$2
mkdir -p "$1"
folder=$(cd "$1" && pwd)
case $system in
  systemd | sysvinit) list=services/packages-$system.txt release= ;;
  *) list=../packages/packages-$system.txt release=$system ;;
esac

made_by=$(cd "$here" && made_by make_tree.sh debian.sh "$list")
[ "$(cat "$folder/$system.made-by" 2>/dev/null)" != "$made_by" ] || exit 0
[ "$(id -u)" -eq 0 ] || { echo "debootstrap needs root: sudo make test-services" >&2; exit 1; }
[ -n "${PRIVATE_MOUNTS:-}" ] || PRIVATE_MOUNTS=1 exec unshare --mount "$0" "$folder" "$system"

rm -rf "${folder:?}/$system" "$folder/$system.made-by"
work=$folder/$system.work
echo "making a Debian with $system"
make_debian "$work" "$here/$list" ${release:+"$release"}
case $system in
  systemd)
    ln -s /tests/libagent-test.service "$work/etc/systemd/system"
    mkdir -p "$work/etc/systemd/system/multi-user.target.wants"
    ln -s /tests/libagent-test.service "$work/etc/systemd/system/multi-user.target.wants"
    ;;
  sysvinit)
    # Behind the scripts of the runlevel; no getty, for which there is no terminal.
    sed -i '/getty/d' "$work/etc/inittab"
    echo "test:2345:once:/tests/start" >>"$work/etc/inittab"
    ;;
esac
mv "$work" "$folder/$system"
echo "$made_by" >"$folder/$system.made-by"
