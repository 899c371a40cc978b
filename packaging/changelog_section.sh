#!/usr/bin/env bash
# Usage: changelog_section.sh <version> <CHANGELOG.md>
#
# Prints the section of that version, with its heading. Fails when there is none or nothing is in it: the notes of a release
# are never those of another one.
set -euo pipefail
version=$1 file=$2
text=$(awk -v version="$version" '
  /^## / { on = ($2 == version || $2 == "[" version "]" || $2 == "v" version) }
  on { print }' "$file" | tr -d '\r')
if [ -z "$(sed '1d; /^ *$/d' <<<"$text")" ]; then
  echo "$file has no section '## $version': write what has changed before you release it" >&2
  exit 1
fi
printf '%s\n' "$text"
