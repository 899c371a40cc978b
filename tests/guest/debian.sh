# shellcheck shell=bash
# make_debian <tree> <list of packages> [release]: a minimal Debian of that release (this machine's), from the package source
# that apt uses here. Needs root; the caller has mounts of its own (unshare --mount), because debootstrap mounts /proc in the tree.
make_debian() {
  local tree=$1 log=$1.log here source
  # shellcheck disable=SC1091  # the system's
  here=$(. /etc/os-release && echo "$VERSION_CODENAME")
  source_of() { apt-get indextargets --format "\$(REPO_URI)" "Created-By: Packages" "Codename: $1" "Component: main"; }
  [ -n "$(source_of "$here")" ] || apt-get update -q
  source=$(source_of "$here" | head -n 1)
  [ -n "$source" ] || { echo "apt has no package source of Debian $here" >&2; return 1; }
  rm -rf "$tree"
  debootstrap --variant=minbase --include="$(sed 's/#.*//' "$2" | xargs | tr ' ' ',')" "${3:-$here}" "$tree" "$source" \
    >"$log" || { tail -n 20 "$log" >&2; return 1; }
  rm -rf "$log" "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,locale,man}
  mkdir "$tree/tests"
  echo guest >"$tree/etc/hostname"
  tr -d - </proc/sys/kernel/random/uuid >"$tree/etc/machine-id"
}

# Of what a tree is made: when it changes the tree is made again.
made_by() { sha256sum "$@" && grep VERSION_CODENAME /etc/os-release; }
