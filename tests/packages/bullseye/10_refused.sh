#!/bin/bash
# Debian 11 refuses the packages for its libc, and nothing of them runs.
. /tests/packages.sh
for deb in /tests/packages/*_2.0.0_*.deb; do
  said=$(! dpkg -i "$deb" 2>&1 </dev/null)
  contains "what dpkg says" "$said" "depends on libc6 (>= 2.3"
  contains "what dpkg says" "$said" "Version of libc6"
  program=$(dpkg-deb --field "$deb" Package)
  [ ! -e "/etc/$program" ] || fail "its script has run: $said"
  dpkg -P "$program"
done
[ -z "$(getent passwd agent-server)" ] || fail "an account was made"
