#!/usr/bin/env bash
# Usage: demo.sh <folder of the binaries> <folder for the data>
#
# Starts agent-server on 127.0.0.1:$PORT (13081) and an example-agent, waits until the agent is
# registered, calls it through HTTP, and stays until Ctrl-C. With ONCE=1 it leaves after the call; its exit
# code is 0 only if the call was answered. However it ends, the two programs end first.
set -euo pipefail

binaries=$1
mkdir -p "$2"
data=$(cd "$2" && pwd)
port=${PORT:-13081}
url=http://127.0.0.1:$port
id=example-1
start_seconds=30  # for the server to listen, and for the agent to register
stop_seconds=10   # what agent-server promises for SIGTERM

server= agent=

# stop <pid>: SIGTERM, and SIGKILL when that is not enough.
stop() {
  kill "$1" 2>/dev/null || return 0
  for ((i = 0; i < stop_seconds * 10; ++i)); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -9 "$1" 2>/dev/null || true
}

leave() {
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$agent" ] || stop "$agent"
  [ -z "$server" ] || stop "$server"
  exit "$1"
}
trap 'leave $?' EXIT
trap 'leave 130' INT
trap 'leave 143' TERM
trap 'leave 129' HUP

fail() {
  echo "$1" >&2
  leave 1
}

# The program's last words, when it ended without being asked to.
expect_running() {
  kill -0 "$2" 2>/dev/null && return
  echo "$1 ended; the end of $data/$1.log:" >&2
  tail -n 15 "$data/$1.log" >&2
  leave 1
}

# wait_until <what> <command...>: until the command succeeds.
wait_until() {
  local what=$1 end=$((SECONDS + start_seconds))
  shift
  until "$@"; do
    expect_running agent-server "$server"
    [ -z "$agent" ] || expect_running example-agent "$agent"
    [ "$SECONDS" -lt "$end" ] || fail "$what: not within $start_seconds s; see the logs in $data"
    sleep 0.1
  done
}

is_port_open() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
get() { curl -sS --max-time 10 "$url$1" 2>/dev/null; }
is_registered() { get /api/agents | jq -e --arg id "$id" 'any(.payload[]?; .id == $id)' >/dev/null 2>&1; }

if is_port_open; then
  fail "Port $port of 127.0.0.1 is in use by another program. End it, or choose another port: make run PORT=13082"
fi

cat >"$data/server.conf" <<END
id = demo
listen = 127.0.0.1:$port
data_dir = $data/server
log_dir = $data/server/logs
END
cat >"$data/agent.conf" <<END
basic.id = $id
basic.server = 127.0.0.1:$port
basic.log.target = stdout
END

"$binaries/agent-server" --conf "$data/server.conf" >"$data/agent-server.log" 2>&1 </dev/null &
server=$!
wait_until "agent-server listens" is_port_open
echo "agent-server listens on 127.0.0.1:$port (pid $server)"

"$binaries/example-agent" --conf "$data/agent.conf" >"$data/example-agent.log" 2>&1 </dev/null &
agent=$!
wait_until "$id is registered" is_registered
echo "$id is registered (pid $agent)"

echo "GET /api/foo/$id"
answer=$(get "/api/foo/$id" || true)
echo "$answer"
jq -e '.code == 200' >/dev/null 2>&1 <<<"$answer" || fail "the call was not answered; see the logs in $data"

cat <<END

Try:
  curl $url/api/agents
  curl $url/api/foo/$id
  curl $url/metrics
END
if [ "${ONCE:-}" = 1 ]; then
  exit 0
fi
echo "Ctrl-C ends both programs. Their logs are in $data."
wait -n "$server" "$agent" || true
expect_running agent-server "$server"
expect_running example-agent "$agent"
