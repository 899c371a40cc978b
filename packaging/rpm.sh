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
  (cd "$tree" && find . ! -type d -printf '/%P\n' | LC_ALL=C sort)
  [ -z "$conf" ] || printf '%%dir /usr/share/%s\n%%dir %%attr(0750,root,%s) /etc/%s\n' "$product" "$account" "$product"
  [ ! -d "$tree/usr/share/doc/$product" ] || printf '%%dir /usr/share/doc/%s\n' "$product"
}

write_spec() {
  cat <<END
Name: $product
Version: $version
Release: 1
Summary: $summary
License: Apache-2.0
${homepage:+URL: $homepage}
Packager: $maintainer
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
rpmbuild -bb --quiet --target "$(rpm_architecture)" --buildroot "$work/root" \
  --define "_topdir $work" --define "_rpmdir $work/out" --define "_dbpath $work/db" --define "_build_id_links none" \
  --define "__os_install_post %{nil}" \
  --define "debug_package %{nil}" --define "_binary_payload $([ "$COMPRESSION" = xz ] && echo w6.xzdio || echo w0.ufdio)" --define "_buildhost localhost" \
  --define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1" \
  --define "optflags -O2" "$work/$product.spec" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
mkdir -p "$output"
file=$output/${product}_${version}_linux_$ARCH.rpm
cp "$work/out/$(rpm_architecture)"/*.rpm "$file"
echo "$file"
