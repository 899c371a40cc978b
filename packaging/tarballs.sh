#!/usr/bin/env bash
# Usage: tarballs.sh <version> <folder of the binaries> <output folder>
#
# Makes <program>_<version>_linux_<arch>.tar.gz of each program: the tree
# opt/<program>/{bin/<program>,conf/<samples>,.version}, owned by root. The same commit gives the same
# bytes.
set -euo pipefail

version=$1 binaries=$2 output=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $(uname -m) in
  x86_64) arch=amd64 ;;
  i?86) arch=386 ;;
  aarch64) arch=arm64 ;;
  arm*) arch=arm ;;
  *) arch=$(uname -m) ;;
esac
# The time of the commit, or now outside of git.
time=$(git log -1 --format=%cI 2>/dev/null || date -Iseconds)

# tarball <program> <sample...>
tarball() {
  local program=$1 root=$work/opt/$1
  shift
  install -D -m 755 --strip "$binaries/$program" "$root/bin/$program"
  for sample in "$@"; do
    install -D -m 644 "$sample" "$root/conf/$(basename "$sample")"
  done
  echo "$version" >"$root/.version"
  local file=$output/${program}_${version}_linux_$arch.tar.gz
  tar -C "$work" --sort=name --mtime="$time" --owner=root:0 --group=root:0 -c "opt/$program" |
    gzip -9n >"$file"
  echo "$file"
}

mkdir -p "$output"
tarball agent-server server/server.conf
tarball example-agent examples/example-agent/agent.conf examples/example-agent/manifest.yaml
tarball exec-agent examples/exec-agent/agent.conf examples/exec-agent/manifest.yaml
tarball metrics-agent examples/metrics-agent/agent.conf examples/metrics-agent/manifest.yaml
