#!/usr/bin/env bash
# Usage: make_disk.sh <folder>
#
# Makes <folder>/root.img, a minimal Debian of this machine's release with packages.txt, from the package source that
# apt uses here. Does nothing when it is there, made by this script from that list. Needs root and about a minute.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
# shellcheck disable=SC1091  # the system's
release=$(. /etc/os-release && echo "$VERSION_CODENAME")

made_by=$(cd "$here" && sha256sum make_disk.sh packages.txt && echo "$release")
[ "$(cat "$folder/disk.made-by" 2>/dev/null)" != "$made_by" ] || exit 0
[ "$(id -u)" -eq 0 ] || { echo "debootstrap needs root: sudo make test-guest" >&2; exit 1; }
# debootstrap mounts /proc in the tree: only this script sees it, and it is gone with it.
[ -n "${PRIVATE_MOUNTS:-}" ] || PRIVATE_MOUNTS=1 exec unshare --mount "$0" "$folder"

tree=$folder/disk.work
log=$folder/debootstrap.log
rm -rf "$tree" "$folder/disk.made-by"

source_of() { apt-get indextargets --format "\$(REPO_URI)" "Created-By: Packages" "Codename: $1" "Component: main"; }
[ -n "$(source_of "$release")" ] || apt-get update -q
source=$(source_of "$release" | head -n 1)
[ -n "$source" ] || { echo "apt has no package source of Debian $release" >&2; exit 1; }
packages=$(sed 's/#.*//' "$here/packages.txt" | xargs | tr ' ' ',')
echo "making a Debian $release for the guest"
debootstrap --variant=minbase --include="$packages" "$release" "$tree" "$source" >"$log" || {
  tail -n 20 "$log" >&2
  exit 1
}

rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,locale,man}
mkdir "$tree/tests"
echo guest >"$tree/etc/hostname"
tr -d - </proc/sys/kernel/random/uuid >"$tree/etc/machine-id"
for unit in libagent-tests libagent-shell guest-test@; do
  ln -s "/tests/$unit.service" "$tree/etc/systemd/system"
done
rm -f "$folder/root.img"
mke2fs -q -t ext4 -O ^has_journal -d "$tree" "$folder/root.img" 1G >/dev/null

rm -rf "$tree" "$log"
echo "$made_by" >"$folder/disk.made-by"
