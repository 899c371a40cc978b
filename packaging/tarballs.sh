#!/usr/bin/env bash
# Usage: tarballs.sh <version> <folder of the binaries> <output folder> [<suffix>]
#
# Makes <program>_<version>_linux_<arch><suffix>.tar.gz of each program that the folder has: the tree
# opt/<program>/{bin/<program>,conf/<samples>,.version}, owned by root. The same commit gives the same
# bytes.
set -euo pipefail
# shellcheck source=packaging/product.sh
. "$(dirname "$0")/product.sh"

version=$1 binaries=$2 output=$3 suffix=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

# tarball <program>
tarball() {
  read_product "$1"
  local root=$work/opt/$product sample
  install -D -m 755 --strip --strip-program="${STRIP:-strip}" "$binaries/$product" "$root/bin/$product"
  for sample in ${conf:+"$samples/$conf"} ${samples:+"$samples/manifest.yaml" "$samples/manifest.schema.json"}; do
    [ ! -e "$sample" ] || install -D -m 644 "$sample" "$root/conf/$(basename "$sample")"
  done
  echo "$version" >"$root/.version"
  build_tar "$work" "opt/$product" "$output/${product}_${version}_linux_${ARCH/i386/386}$suffix.tar.gz"
}

mkdir -p "$output"
for name in $(products); do
  # All programs are packaged; not each is portable.
  if [ -e "$binaries/$name" ] || { [ -z "$suffix" ] && ! is_cross; }; then tarball "$name"; fi
done
