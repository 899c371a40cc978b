# shellcheck shell=bash disable=SC2034  # others use what is set here
# What the scripts of packages know of our programs (products.txt) and of this build.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# The names of all programs.
products() { sed -n '/^#/d; s/ *|.*//p' "$here/products.txt"; }

# read_product <name>: sets product, samples, conf, account, section and summary; "" where it has none.
read_product() {
  local line
  line=$(sed -n "s/^$1 *| *//p" "$here/products.txt" | sed 's/ *| */|/g')
  [ -n "$line" ] || { echo "packaging/products.txt has no $1" >&2; return 1; }
  product=$1
  IFS='|' read -r samples conf account section summary <<<"$line"
  [ "$samples" != - ] || samples=
  [ "$conf" != - ] || conf=
  [ "$account" != - ] || account=
}

# The machine that this one is, as our files name it.
machine_here() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    i?86) echo i386 ;;
    aarch64) echo arm64 ;;
    arm*) echo arm ;;
    *) uname -m ;;
  esac
}
# ARCH says for which machine the programs are; default: this one.
: "${ARCH:=$(machine_here)}"
# Whether they are for another one. There are only the portable ones then.
is_cross() { [ "$ARCH" != "$(machine_here)" ]; }

# The names that the others have for it.
deb_architecture() { [ "$ARCH" = arm ] && echo armhf || echo "$ARCH"; }
rpm_architecture() {
  case $ARCH in
    amd64) echo x86_64 ;;
    i386) echo i686 ;;
    arm64) echo aarch64 ;;
    arm) echo armv7hl ;;
    *) echo "$ARCH" ;;
  esac
}

# The time of everything in a package: that of the commit, or now outside of git.
: "${SOURCE_DATE_EPOCH:=$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH

# What packages are compressed with: xz, or none, for tests.
: "${COMPRESSION:=xz}"

maintainer=${MAINTAINER:-libagent <libagent@example.org>}
homepage=${HOMEPAGE:-}

# settle <folder>: everything in it has the time of the commit.
settle() { find "$1" -print0 | xargs -0 touch --no-dereference --date="@$SOURCE_DATE_EPOCH"; }

# build_deb <tree with DEBIAN/control> <file>
build_deb() {
  (cd "$1" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  settle "$1"
  mkdir -p "$(dirname "$2")"
  dpkg-deb --root-owner-group "-Z$COMPRESSION" --threads-max=1 --build "$1" "$2" >/dev/null
  echo "$2"
}

# spec_head <name> <summary>: the beginning of an rpm's spec.
spec_head() {
  cat <<END
Name: $1
Version: $version
Release: 1
Summary: $2
License: Apache-2.0
${homepage:+URL: $homepage}
Packager: $maintainer
END
}

# build_rpm <spec> <file>: in the folder of the spec.
build_rpm() {
  local folder
  folder=$(dirname "$1")
  rpmbuild -bb --quiet --target "$(rpm_architecture)" --buildroot "$folder/root" \
    --define "_topdir $folder" --define "_rpmdir $folder/out" --define "_dbpath $folder/db" --define "_build_id_links none" \
    --define "__os_install_post %{nil}" \
    --define "debug_package %{nil}" --define "_binary_payload $([ "$COMPRESSION" = xz ] && echo w6.xzdio || echo w0.ufdio)" \
    --define "_buildhost localhost" --define "use_source_date_epoch_as_buildtime 1" \
    --define "clamp_mtime_to_source_date_epoch 1" --define "optflags -O2" "$1" >"$folder/log" 2>&1 ||
    { cat "$folder/log" >&2; return 1; }
  mkdir -p "$(dirname "$2")"
  cp "$folder/out/$(rpm_architecture)"/*.rpm "$2"
  echo "$2"
}

# build_tar <folder> <entry in it> <file>
build_tar() {
  mkdir -p "$(dirname "$3")"
  tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=root:0 --group=root:0 -c "$2" | gzip -9n >"$3"
  echo "$3"
}

# files_of <tree>: the list for an rpm.
files_of() { (cd "$1" && find . ! -type d -printf '/%P\n' | LC_ALL=C sort); }

# print_copyright: for a deb.
print_copyright() {
  cat <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: the libagent project
License: Apache-2.0
 On Debian systems the full text of the licence is in /usr/share/common-licenses/Apache-2.0.
END
}
