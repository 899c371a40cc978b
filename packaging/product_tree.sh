# shellcheck shell=bash disable=SC2154
# The files of a program's package, the same for deb and rpm.
# shellcheck source=packaging/product.sh
. "$(dirname "${BASH_SOURCE[0]}")/product.sh"

# begin_package <version> <folder of the programs> <output folder> <program>: the product is read, and $work is a folder
# for as long as the script runs.
begin_package() {
  version=$1 binaries=$2 output=$3
  read_product "$4"
  umask 022
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
}

# stage_manual <tree>: the program says what is in it. NATIVE has programs that run here, when ours are another machine's.
stage_manual() {
  local page=$1/usr/share/man/man$section/$product.$section.gz
  mkdir -p "$(dirname "$page")"
  "$here/man_page.sh" "${NATIVE:-$binaries}/$product" "$version" "$section" "$summary" | gzip -9n >"$page"
}

# stage_completions <tree> <zsh's folder>: of programs that have some.
stage_completions() {
  local share=$1/usr/share program=${NATIVE:-$binaries}/$product
  [ "$product" = agentctl ] || return 0
  mkdir -p "$share/bash-completion/completions" "$share/zsh/$2" "$share/fish/vendor_completions.d"
  "$program" completion bash >"$share/bash-completion/completions/$product"
  # zsh loads the file as a function of its name, which must complete the first time, too.
  { echo "#compdef $product"; "$program" completion zsh; echo "_$product \"\$@\""; } >"$share/zsh/$2/_$product"
  "$program" completion fish >"$share/fish/vendor_completions.d/$product.fish"
}

# stage_product <tree>: of the product that was read, from the folder $binaries, as $version.
stage_product() {
  local tree=$1 share=$1/usr/share
  umask 022
  install -D -m 755 --strip --strip-program="${STRIP:-strip}" "$binaries/$product" "$tree/usr/bin/$product"
  [ ! -e "$here/../LICENSE" ] || install -D -m 644 "$here/../LICENSE" "$share/doc/$product/LICENSE"
  stage_manual "$tree"
  local described
  for described in ${samples:+manifest.yaml manifest.schema.json}; do
    [ ! -e "$here/../$samples/$described" ] ||
      install -D -m 644 "$here/../$samples/$described" "$share/$product/$described"
  done
  [ -n "$conf" ] || return 0
  mkdir -p "$share/$product"
  "$here/packaged_sample.sh" "$product" "$here/../$samples/$conf" >"$share/$product/$conf"
}

# loads_openssl <tree>: at its first use of TLS, so that no list of needed libraries has it (libagent/base/openssl_on_demand_posix.cpp).
loads_openssl() { grep -qF 'lib{}.so.{}' "$1/usr/bin/$product"; }

# service_script <line>...: prints a script that does so. Lines may use the functions of service_steps.sh.
service_script() {
  printf '#!/bin/sh\nset -e\nprogram=%s conf=%s account=%s\n' "$product" "$conf" "$account"
  sed '/^ *#/d' "$here/service_steps.sh"
  printf '\n'
  printf '%s\n' "$@"
}
