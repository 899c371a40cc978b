#!/usr/bin/env bash
# Usage: make_disk.sh <folder>
#
# Makes <folder>/root.img, a minimal Debian of this machine's release with packages.txt, from the package source that
# apt uses here. Does nothing when it is there, made by this script from that list. Needs root and about a minute.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/debian.sh
. "$here/debian.sh"
mkdir -p "$1"
folder=$(cd "$1" && pwd)

made_by=$(cd "$here" && made_by make_disk.sh debian.sh packages.txt)
[ "$(cat "$folder/disk.made-by" 2>/dev/null)" != "$made_by" ] || exit 0
[ "$(id -u)" -eq 0 ] || { echo "debootstrap needs root: sudo make test-guest" >&2; exit 1; }
[ -n "${PRIVATE_MOUNTS:-}" ] || PRIVATE_MOUNTS=1 exec unshare --mount "$0" "$folder"

tree=$folder/disk.work
rm -f "$folder/disk.made-by"
echo "making a Debian for the guest"
make_debian "$tree" "$here/packages.txt"
for unit in libagent-tests libagent-shell guest-test@; do
  ln -s "/tests/$unit.service" "$tree/etc/systemd/system"
done
rm -f "$folder/root.img"
mke2fs -q -t ext4 -O ^has_journal -d "$tree" "$folder/root.img" 3G >/dev/null

rm -rf "$tree"
echo "$made_by" >"$folder/disk.made-by"
