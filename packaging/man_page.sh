#!/usr/bin/env bash
# Usage: man_page.sh <program> <version> <section> <summary>
#
# Prints the program's manual in man(7) from what the program itself says: --help, the help of its verbs and, of an
# agent, its settings. So the two never differ.
set -euo pipefail
program=$1 version=$2 section=$3 summary=$4
name=$(basename "$program")

# Nothing in a line is a command of man.
escape() { sed 's/\\/\\e/g; s/-/\\-/g; s/^\([.'"'"']\)/\\\&\1/'; }
as_they_are() {
  echo .nf
  escape
  echo .fi
}

# page <heading> <argument>...: what the program says; nothing when it does not know them.
page() {
  local heading=$1 text
  shift
  text=$("$program" "$@" 2>/dev/null) || return 0
  printf '.SH "%s"\n' "${heading^^}"
  as_they_are <<<"$text"
}

# The verbs in the lists of --help that have a page of their own.
verbs() {
  "$program" --help | awk '/^(Subcommands|As a service)/ { on = 1; next } /^[^ ]/ { on = 0 }
    on && /^  [a-z]/ { sub(/ (--conf FILE)?  .*/, ""); gsub(/,/, " "); print }' | xargs -n 1 |
    grep -vx -e version -e manifest
}

# A paragraph for each, from the manifest: its key, its default, what it is.
settings() {
  "$program" manifest 2>/dev/null | escape | awk '
    function text(line) { sub(/^ *[a-z]+: *"?/, "", line); sub(/"$/, "", line); return line }
    function flush() { if (key) printf ".TP\n%s%s\n%s\n", key, default_text, description; default_text = "" }
    /^\\- key: / { flush(); key = $3 }
    /^  default: / { default_text = " (" substr($0, 12) ")" }
    /^  [a-z]+:/ { in_description = ($1 == "desc:") }
    in_description && /^    en: / { description = text($0) }
    END { flush() }'
}

printf '.TH %s %s "" "%s %s"\n.SH NAME\n%s \\- %s\n' "${name^^}" "$section" "$name" "$version" "$name" "$summary"
page description --help
for verb in $(verbs); do
  page "$name $verb" "$verb" --help
done
[ "$section" = 8 ] || exit 0
if text=$(settings) && [ -n "$text" ]; then
  printf '.SH SETTINGS\nOf the configuration, with defaults. The environment wins: LIBAGENT_LOG_LEVEL=debug.\n%s\n' "$text"
fi
printf '.SH FILES\n'
as_they_are <<END
/etc/$name/          configuration of the package
/usr/share/$name/    the configuration that it began with, and manifest.yaml
/var/lib/$name/      state
/var/log/$name/      log files
END
