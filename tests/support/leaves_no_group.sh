#!/usr/bin/env bash
# Runs a command, and fails when it does or when control groups of agents are there that were not before:
#   leaves_no_group.sh ctest --preset release
set -uo pipefail

groups() { find /sys/fs/cgroup -type d \( -path '*/jkstack*' -o -name 'libagent-*' \) 2>/dev/null | sort; }

before=$(groups)
"$@"
code=$?
left=$(comm -13 <(echo "$before") <(groups))
[ -z "$left" ] && exit "$code"
printf 'control groups are left:\n%s\n' "$left" >&2
exit 1
