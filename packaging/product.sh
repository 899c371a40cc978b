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
