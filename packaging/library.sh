#!/usr/bin/env bash
# Usage: library.sh <version> <build folder> <output folder>
#
# Makes libagent-dev_<version>_linux_<arch>.deb, .rpm and .tar.gz: headers, static libraries, and what find_package and pkg-config read.
# Nothing of it is needed to run a program that was built with it. The tar.gz has the tree opt/libagent/{include,lib}, which works anywhere.
# The same commit gives the same bytes.
set -euo pipefail
# shellcheck source=packaging/product.sh
. "$(dirname "$0")/product.sh"

version=$1 build=$2 output=$3
name=libagent-dev
summary="library to write agents that one server can call"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

# install_library <tree> <prefix>
install_library() {
  DESTDIR=$1 cmake --install "$build" --component dev --prefix "$2" >/dev/null
  find "$1" -type d -exec chmod 755 {} +
  find "$1" -type f -exec chmod 644 {} +
}

write_control() {
  cat <<END
Package: $name
Version: $version
Architecture: $(deb_architecture)
Maintainer: $maintainer
Installed-Size: $(du -k --apparent-size --summarize "$1" | cut -f 1)
Depends: libasio-dev, libfmt-dev, libhttp-parser-dev, libminizip-dev, libssl-dev, libyaml-cpp-dev, libzstd-dev, zlib1g-dev
Section: libdevel
Priority: optional
${homepage:+Homepage: $homepage}
Description: $summary
 Headers, static libraries, and what CMake's find_package(libagent) and pkg-config read.
END
}

make_deb() {
  local tree=$work/deb
  install_library "$tree" /usr
  mkdir -p "$tree/DEBIAN" "$tree/usr/share/doc/$name" "$tree/usr/share/lintian/overrides"
  print_copyright >"$tree/usr/share/doc/$name/copyright"
  echo "$name: no-changelog *" >"$tree/usr/share/lintian/overrides/$name"
  write_control "$tree" | sed '/^$/d' >"$tree/DEBIAN/control"
  build_deb "$tree" "$output/${name}_${version}_linux_$ARCH.deb"
}

# Distributions with rpm look for CMake's and pkg-config's files in lib64.
write_spec() {
  spec_head "$name" "$summary"
  cat <<END
AutoReqProv: no
Requires: asio-devel, fmt-devel, http-parser-devel, minizip-devel, openssl-devel, yaml-cpp-devel, libzstd-devel, zlib-devel

%description
Headers, static libraries, and what CMake's find_package(libagent) and pkg-config read.

%install
cp -a $1/. %{buildroot}

%files
%defattr(-,root,root)
END
  files_of "$1"
}

make_rpm() {
  local tree=$work/rpm/tree
  mkdir -p "$tree"
  cp -a "$work/deb/usr" "$tree/usr"
  rm -r "$tree/usr/share"
  [[ $ARCH != *64 ]] || mv "$tree/usr/lib" "$tree/usr/lib64"
  find "$tree" \( -name '*.pc' -o -name '*.cmake' \) -exec sed -i -E 's#(\}/lib)(/|$)#\164\2#' {} +
  settle "$tree"
  write_spec "$tree" | sed '/^URL: $/d' >"$work/rpm/$name.spec"
  build_rpm "$work/rpm/$name.spec" "$output/${name}_${version}_linux_$ARCH.rpm"
}

make_tar() {
  install_library "$work/tar" /opt/libagent
  build_tar "$work/tar" opt/libagent "$output/${name}_${version}_linux_${ARCH/i386/386}.tar.gz"
}

make_deb
make_rpm
make_tar
