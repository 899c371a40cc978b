#!/usr/bin/env bash
# Usage: deb.sh <version> <folder of the programs> <output folder> <program>
#
# Makes <program>_<version>_linux_<arch>.deb. The same commit gives the same bytes.
set -euo pipefail
# shellcheck source=packaging/product_tree.sh
. "$(dirname "$0")/product_tree.sh"
begin_package "$@"
tree=$work/$product control=$work/$product/DEBIAN

# What lintian would call an error, although it is what the package is for: a program for every distribution.
overrides() {
  printf '%s: %s\n' "$product" "statically-linked-binary *" "$product" "embedded-library *" "$product" "no-changelog *"
}

# The libraries that a program needs which is not static.
depends() {
  local needed=
  if readelf -d "$tree/usr/bin/$product" | grep -q '(NEEDED)'; then
    mkdir -p "$work/shlibs/debian"
    touch "$work/shlibs/debian/control"
    needed=$(cd "$work/shlibs" && dpkg-shlibdeps -O "$tree/usr/bin/$product" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
  fi
  [ "${account:-root}" = root ] || needed+=${needed:+, }passwd
  [ -z "$needed" ] || echo "Depends: $needed"
  ! loads_openssl "$tree" || echo "Recommends: libssl3"
}

write_control() {
  cat <<END
Package: $product
Version: $version
Architecture: $(deb_architecture)
Maintainer: $maintainer
Installed-Size: $(du -k --apparent-size --summarize "$tree" | cut -f 1)
$(depends)
Section: admin
Priority: optional
${homepage:+Homepage: $homepage}
Description: $summary
 It belongs to libagent: programs on many machines that one server can call.
 Its manual is $product($section).
END
}

write_scripts() {
  # shellcheck disable=SC2016  # the script's own variables
  {
    service_script 'case $1 in install | upgrade) adopt_configuration ;; esac' >"$control/preinst"
    service_script 'case $1 in configure) make_account; after_install ;; esac' >"$control/postinst"
    service_script 'case $1 in remove) before_removal ;; esac' >"$control/prerm"
    service_script 'case $1 in purge) after_purge ;; upgrade) replaced_by "$2" ;; esac' >"$control/postrm"
  }
  chmod 755 "$control"/p*
}

# Without /etc/<program>, which its script makes: dpkg would remove a link that somebody has put there.
stage_product "$tree"
stage_completions "$tree" vendor-completions
mkdir -p "$control" "$tree/usr/share/lintian/overrides"
mkdir -p "$tree/usr/share/doc/$product"
rm -f "$tree/usr/share/doc/$product/LICENSE"
print_copyright >"$tree/usr/share/doc/$product/copyright"
overrides >"$tree/usr/share/lintian/overrides/$product"
write_control | sed '/^$/d' >"$control/control"
[ -z "$conf" ] || write_scripts
build_deb "$tree" "$output/${product}_${version}_linux_$ARCH.deb"
