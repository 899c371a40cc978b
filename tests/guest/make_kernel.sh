#!/usr/bin/env bash
# Usage: make_kernel.sh <folder>
#
# Makes <folder>/vmlinuz, Debian's cloud kernel from the package source that apt uses here, and <folder>/initrd: its
# virtio modules and inside/init. Does nothing when they are there, made by this script and this init.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
kernel=linux-image-cloud-amd64
# In the order in which they load. The file system, ext4, is built into this kernel.
modules="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk"

made_by=$(cd "$here" && sha256sum make_kernel.sh inside/init)
[ "$(cat "$folder/kernel.made-by" 2>/dev/null)" != "$made_by" ] || exit 0
[ "$(dpkg --print-architecture)" = amd64 ] || { echo "the guest is amd64, and this machine is not" >&2; exit 1; }

work=$folder/kernel.work
rm -rf "$work" "$folder/kernel.made-by"
mkdir -p "$work/initrd/modules" "$work/initrd/dev" "$work/initrd/root"
cd "$work"

apt-cache show "$kernel" >/dev/null 2>&1 || apt-get update -q
package=$(apt-cache depends "$kernel" | sed -n 's/.*Depends: //p')
apt-get download -q -o APT::Sandbox::User=root "$package"
dpkg-deb -x "$package"_*.deb .
cp boot/vmlinuz-* "$folder/vmlinuz"

for module in $modules; do
  find lib/modules -name "$module.ko" -exec cp {} initrd/modules \;
done
echo "$modules" >initrd/modules/order
cp /usr/bin/busybox "$here/inside/init" initrd
(cd initrd && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$folder/initrd"

rm -rf "$work"
echo "$made_by" >"$folder/kernel.made-by"
