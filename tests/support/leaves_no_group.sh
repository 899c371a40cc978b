#!/usr/bin/env bash
# Runs a command, and fails when it does or when control groups of agents are there that were not before:
#   leaves_no_group.sh ctest --preset release
# Groups of an agent that runs, in another suite perhaps, do not count.
set -uo pipefail

groups() {
  find /sys/fs/cgroup -type d \( -path '*/jkstack/agent/*' -prune -o -name jkstack -o -name 'libagent-*' \) \
    2>/dev/null | sort | while read -r group; do
    case $group in */jkstack) compgen -G "$group/agent/*/" >/dev/null && continue ;; esac
    [ -n "$(cat "$group/agent/cgroup.procs" 2>/dev/null)" ] || echo "$group"
  done
}

before=$(groups)
"$@"
code=$?
left=$(comm -13 <(echo "$before") <(groups))
[ -z "$left" ] && exit "$code"
printf 'control groups are left:\n%s\n' "$left" >&2
exit 1
