#!/usr/bin/env bash
# Usage: demo.sh <folder of the binaries> <folder for the data>
#
# Each port has a folder of its own in that for the data: two of them can run side by side.
#
# Starts agent-server on 127.0.0.1:$PORT (13081), an example-agent, an exec-agent, a metrics-agent and a
# logkit-agent, waits until they are registered, calls the first through HTTP, lets the second run a command,
# follows another one while it runs, moves a file there and back, lets the fourth make JSON of a log that is
# rotated, asks the third what this host is, and stays until Ctrl-C. With ONCE=1 it leaves then; its exit code
# is 0 only if everything was answered. However it ends, the programs end first.
set -euo pipefail

binaries=$1
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-13081}
mkdir -p "$2/$port"
data=$(cd "$2/$port" && pwd)
url=http://127.0.0.1:$port
id=example-1
exec_id=exec-1
metrics_id=metrics-1
logkit_id=logkit-1
start_seconds=30  # for the server to listen, and for the agent to register
stop_seconds=10   # what agent-server promises for SIGTERM

server= agent= exec_agent= metrics_agent= logkit_agent=

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
  [ -z "$exec_agent" ] || stop "$exec_agent"
  [ -z "$metrics_agent" ] || stop "$metrics_agent"
  [ -z "$logkit_agent" ] || stop "$logkit_agent"
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
    [ -z "$exec_agent" ] || expect_running exec-agent "$exec_agent"
    [ -z "$metrics_agent" ] || expect_running metrics-agent "$metrics_agent"
    [ -z "$logkit_agent" ] || expect_running logkit-agent "$logkit_agent"
    [ "$SECONDS" -lt "$end" ] || fail "$what: not within $start_seconds s; see the logs in $data"
    sleep 0.1
  done
}

is_port_open() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
get() { curl -sS --max-time 10 "$url$1" 2>/dev/null; }
is_registered() { get /api/agents | jq -e --arg id "$1" 'any(.payload[]?; .id == $id)' >/dev/null 2>&1; }
# run <json body>: what the exec-agent answers.
run() { curl -sS --max-time 30 -d "$1" "$url/api/exec/$exec_id/run"; }

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

cat >"$data/exec-agent.conf" <<END
basic.id = $exec_id
basic.server = 127.0.0.1:$port
basic.log.target = stdout
END

cat >"$data/metrics-agent.conf" <<END
basic.id = $metrics_id
basic.server = 127.0.0.1:$port
basic.log.target = stdout
task.jobs = static,usage,process,conns,temps
spool.dir = $data/spool
END

rm -rf "$data/logs"
mkdir -p "$data/logs/runners"
cat >"$data/logkit-agent.conf" <<END
basic.id = $logkit_id
basic.server = 127.0.0.1:$port
basic.log.target = stdout
logkit.runners = $data/logs/runners
logkit.state = $data/logs/state
END
cat >"$data/logs/runners/access.conf" <<END
{
  "reader": {"mode": "tailx", "log_path": "$data/logs/access.log*"},
  "parser": {"type": "grok", "grok_patterns": "%{COMMON_LOG_FORMAT}"},
  "senders": [{"sender_type": "file", "file_send_path": "$data/logs/records.json"}]
}
END

"$binaries/agent-server" --conf "$data/server.conf" >"$data/agent-server.log" 2>&1 </dev/null &
server=$!
wait_until "agent-server listens" is_port_open
echo "agent-server listens on 127.0.0.1:$port (pid $server)"

"$binaries/example-agent" --conf "$data/agent.conf" >"$data/example-agent.log" 2>&1 </dev/null &
agent=$!
wait_until "$id is registered" is_registered "$id"
echo "$id is registered (pid $agent)"

echo "GET /api/foo/$id"
answer=$(get "/api/foo/$id" || true)
echo "$answer"
jq -e '.code == 200' >/dev/null 2>&1 <<<"$answer" || fail "the call was not answered; see the logs in $data"

"$binaries/exec-agent" --conf "$data/exec-agent.conf" >"$data/exec-agent.log" 2>&1 </dev/null &
exec_agent=$!
wait_until "$exec_id is registered" is_registered "$exec_id"
echo "$exec_id is registered (pid $exec_agent)"

echo "POST /api/exec/$exec_id/run: uname -sr"
answer=$(run '{"cmd": "uname", "args": ["-sr"], "pipes": true}' || true)
jq -er '.payload.result.data | @base64d' <<<"$answer" || fail "the command was not run: $answer"

echo "A command that is followed while it runs:"
answer=$(run '{"cmd": "for i in 1 2 3; do echo tick $i; sleep 0.3; done", "pipes": true, "result": false}' || true)
task=$(jq -er .payload.id <<<"$answer") || fail "the command was not started: $answer"
curl -sSN --max-time 30 "$url/api/exec/$exec_id/tasks/$task/output?follow=1" || fail "its output was not sent"

echo "A file, there and back:"
head -c 3000000 /dev/urandom >"$data/sent"
curl -sS --max-time 60 -F dir="$data" -F "file=@$data/sent;filename=received" "$url/api/file/$exec_id/upload" ||
  fail "the upload failed"
echo
curl -sS --max-time 60 -o "$data/back" "$url/api/file/$exec_id/download?dir=$data/received" || fail "the download failed"
cmp "$data/sent" "$data/back" || fail "the file came back changed"
echo "3,000,000 bytes are the same"

"$binaries/logkit-agent" --conf "$data/logkit-agent.conf" >"$data/logkit-agent.log" 2>&1 </dev/null &
logkit_agent=$!
wait_until "$logkit_id is registered" is_registered "$logkit_id"
echo "$logkit_id is registered (pid $logkit_agent)"

echo "A log that is rotated, as JSON:"
visit() { echo "127.0.0.1 - $1 [10/Oct/2026:13:55:3$2 +0000] \"GET /$1.html HTTP/1.1\" 200 232$2" >>"$data/logs/access.log"; }
visit anna 1
visit bert 2
mv "$data/logs/access.log" "$data/logs/access.log.1"
visit carl 3
has_records() { [ "$(wc -l 2>/dev/null <"$data/logs/records.json")" = 3 ]; }
wait_until "logkit-agent has delivered three lines" has_records
jq -ce '{ts, auth, request, resp_bytes}' "$data/logs/records.json" || fail "records are no JSON; see $data/logs"

"$binaries/metrics-agent" --conf "$data/metrics-agent.conf" >"$data/metrics-agent.log" 2>&1 </dev/null &
metrics_agent=$!
wait_until "$metrics_id is registered" is_registered "$metrics_id"
echo "$metrics_id is registered (pid $metrics_agent)"

echo "GET /api/metrics/$metrics_id/static and /dynamic?top=3:"
{ get "/api/metrics/$metrics_id/static" && get "/api/metrics/$metrics_id/dynamic?top=3"; } >"$data/host.json" || true
jq -es 'length == 2 and all(.code == 200)' "$data/host.json" >/dev/null 2>&1 ||
  fail "the host was not described: $(cat "$data/host.json")"
jq -rsf "$here/host.jq" "$data/host.json"

ctl=$binaries/agentctl
[ "$port" = 13081 ] || ctl="$ctl --url $url"
cat <<END

In a browser: $url/

Try:
  $ctl run --all -- 'uname -sr; uptime'
  $ctl shell $exec_id
  $ctl cp $exec_id:/etc/hostname .

The same by HTTP:
  curl $url/api/foo/$id
  curl -d '{"cmd": "df", "args": ["-h"]}' $url/api/exec/$exec_id/run
  curl $url/api/metrics/$metrics_id/dynamic/usage
  curl $url/metrics
END
if [ "${ONCE:-}" = 1 ]; then
  exit 0
fi
echo "Ctrl-C ends the programs. Their logs are in $data."
wait -n "$server" "$agent" "$exec_agent" "$metrics_agent" "$logkit_agent" || true
expect_running agent-server "$server"
expect_running example-agent "$agent"
expect_running exec-agent "$exec_agent"
expect_running metrics-agent "$metrics_agent"
expect_running logkit-agent "$logkit_agent"
