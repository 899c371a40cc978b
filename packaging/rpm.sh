#!/usr/bin/env bash
# Usage: rpm.sh <version> <folder of the programs> <output folder> <program>
#
# Makes <program>_<version>_linux_<arch>.rpm. The same commit gives the same bytes.
set -euo pipefail
# shellcheck source=packaging/product_tree.sh
. "$(dirname "$0")/product_tree.sh"
begin_package "$@"
tree=$work/tree

# section <name> <line>...: a script of the package. $1 of an rpm script is the number of versions that stay.
section() {
  local name=$1
  shift
  printf '\n%%%s\n' "$name"
  service_script "$@" | sed '1d; s/%/%%/g'
}

write_scripts() {
  # The scripts of a version that goes run after those of the one that comes: they do nothing unless it is the last, or no
  # version of ours has come.
  # shellcheck disable=SC2016  # the scripts' own variables
  {
    section pre make_account adopt_configuration
    section post after_install
    section preun 'if [ "$1" -eq 0 ]; then before_removal; fi'
    section postun 'if [ "$1" -gt 0 ]; then after_replacement; fi'
  }
}

write_files() {
  printf '\n%%files\n%%defattr(-,root,root)\n'
  files_of "$tree"
  [ -z "$conf" ] || printf '%%dir /usr/share/%s\n%%dir %%attr(0750,root,%s) /etc/%s\n' "$product" "$account" "$product"
  [ ! -d "$tree/usr/share/doc/$product" ] || printf '%%dir /usr/share/doc/%s\n' "$product"
}

write_spec() {
  spec_head "$product" "$summary"
  cat <<END
AutoProv: no
$([ "${account:-root}" = root ] || echo "Requires(pre): /usr/sbin/useradd")
$(! loads_openssl "$tree" || echo "Recommends: libssl.so.3()$([[ $ARCH != *64 ]] || echo "(64bit)")")

%description
It belongs to libagent: programs on many machines that one server can call.
Its manual is $product($section).

%install
cp -a $tree/. %{buildroot}
END
  [ -z "$conf" ] || write_scripts
  write_files
}

stage_product "$tree"
stage_completions "$tree" site-functions
[ -z "$conf" ] || install -d -m 750 "$tree/etc/$product"
settle "$tree"
write_spec | sed '/^URL: $/d' >"$work/$product.spec"
build_rpm "$work/$product.spec" "$output/${product}_${version}_linux_$ARCH.rpm"
