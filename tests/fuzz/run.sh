#!/usr/bin/env bash
# Runs every fuzz target: tests/fuzz/run.sh <directory of the programs> <seconds for each> <at once>
# What they learn stays in build/fuzz/corpus/, what they find comes to build/fuzz/findings/. Ends with 1 when
# one of them has found something.
set -eu
bin=$1 seconds=$2 jobs=$3
source=$(dirname "$0")/corpus
work=$(dirname "$bin")
mkdir -p "$work/findings"

run_one() {
  local name=$1 log=$work/$1.log
  mkdir -p "$work/corpus/$name"
  if "$bin/fuzz-$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
      -artifact_prefix="$work/findings/$name-" "$work/corpus/$name" "$source/$name" >"$log" 2>&1; then
    printf '%-12s %s\n' "$name" "$(awk '/^stat::number_of_executed_units/ { print $2, "inputs" }' "$log")"
  else
    printf '%-12s FOUND something: %s\n' "$name" "$log"
    return 1
  fi
}
export -f run_one
export bin seconds source work

find "$source" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | xargs -P "$jobs" -I{} bash -c 'run_one {}'
