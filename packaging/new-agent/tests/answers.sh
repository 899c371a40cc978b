#!/usr/bin/env bash
# Usage: answers.sh <program> <configuration>
#
# Starts a server and the agent on this machine, with that configuration and a greeting of its own, and asks the agent through
# the server.
set -euo pipefail
program=$1 sample=$2
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT

# within_30_s <what> <command>...
within_30_s() {
  local what=$1 end=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { echo "no $what:"; cat "$work"/*.log; exit 1; }
    sleep 0.05
  done
}

export XDG_STATE_HOME=$work XDG_RUNTIME_DIR=$work LIBAGENT_LOG_TARGET=stdout
LIBAGENT_LISTEN=127.0.0.1:0 agent-server >"$work/server.log" 2>&1 &
address() { grep -m 1 -o '127\.0\.0\.1:[1-9][0-9]*' "$work/server.log"; }
within_30_s server address
sed -e "s/^basic.id =.*/basic.id = test-1/" -e "s/^basic.server =.*/basic.server = $(address)/" \
  -e "s/^own.greeting =.*/own.greeting = welcome/" "$sample" >"$work/agent.conf"
"$program" --conf "$work/agent.conf" >"$work/agent.log" 2>&1 &
ask() { curl -sf -d '{"type":1001,"question":{"name":"world"}}' "http://$(address)/api/agents/test-1/call"; }
within_30_s answer ask
answer=$(ask)
[[ $answer == *'"text":"welcome, world"'* ]] || { echo "it answers: $answer"; exit 1; }
