#!/usr/bin/env bash
# Usage: release.sh <version> <folder of the programs> <output folder> [<folder of the portable programs> [<build folder>]]
#
# Makes <output>/<version>/: deb, rpm and tar.gz of every program and of the library, a tar.gz of each portable program, manifests, CHANGELOG.md with the section of that
# version, SHA256SUMS. A commit with the tag v<version> must be clean, and one with another version's tag is refused.
#
# With ARCH of another machine the folder keeps what it has of others, and all forms have the portable programs, which are the
# folder of the programs then.
set -euo pipefail
# shellcheck source=packaging/product.sh
. "$(dirname "$0")/product.sh"
version=$1 binaries=$2 output=$3/$1 portable=${4:-} build=${5:-}
umask 022

check_tag() {
  local tags
  tags=$(git -C "$here" tag --points-at HEAD --list 'v[0-9]*' 2>/dev/null || true)
  [ -n "$tags" ] || return 0
  grep -qx "v$version" <<<"$tags" || { echo "this commit is $tags, but the version is $version" >&2; return 1; }
  [ -z "$(git -C "$here" status --porcelain --untracked-files=no)" ] ||
    { echo "v$version is released from a clean tree: commit or undo your changes" >&2; return 1; }
}

# What the files of all manifests are called here, where one folder holds them.
copy_manifests() {
  for product in $(products); do
    read_product "$product"
    [ ! -e "$here/../$samples/manifest.yaml" ] ||
      install -m 644 "$here/../$samples/manifest.yaml" "$output/${product}_${version}_manifest.yaml"
  done
}

check_tag
notes=$("$here/changelog_section.sh" "$version" "$here/../CHANGELOG.md")
if is_cross; then rm -f "$output"/*_linux_{"$ARCH","${ARCH/i386/386}"}[._]*; else rm -rf "$output"; fi
mkdir -p "$output"
printf '%s\n' "$notes" >"$output/CHANGELOG.md"
copy_manifests
"$here/tarballs.sh" "$version" "$binaries" "$output"
[ -z "$portable" ] || "$here/tarballs.sh" "$version" "$portable" "$output" _portable
[ -z "$build" ] || "$here/library.sh" "$version" "$build" "$output"
for product in $(products); do
  ! is_cross || [ -e "$binaries/$product" ] || continue
  "$here/deb.sh" "$version" "$binaries" "$output" "$product"
  # A deb is built where it is installed; an rpm has the portable program, which distributions that have rpm can run.
  from=$binaries
  [ ! -e "${portable:-/nowhere}/$product" ] || from=$portable
  "$here/rpm.sh" "$version" "$from" "$output" "$product"
done
(cd "$output" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
