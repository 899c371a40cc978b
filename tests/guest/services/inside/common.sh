# shellcheck shell=bash
# What the tests in containers have in common. Each begins with `. /tests/common.sh`.
set -euo pipefail
trap 'echo "$0: line $LINENO: exit code $?: $BASH_COMMAND" >&2' ERR

readonly SERVER=127.0.0.1:13081
readonly CONF=/etc/agent-test
# Long enough for any machine: what takes longer is broken.
readonly PATIENCE_SECONDS=60

fail() {
  echo "failed: $*" >&2
  tell_more
  exit 1
}

# What somebody who looks into a failure wants to see.
tell_more() {
  if [ -d /run/systemd/system ]; then
    systemctl --no-pager --full status agent-server exec-agent example-agent metrics-agent 2>&1 | head -n 60 || true
    journalctl --no-pager -n 60 -o short-monotonic || true
  else
    tail -n 60 /var/log/exec-agent/*.log /var/log/agent-server/*.log 2>/dev/null || true
  fi
}

# equal <what> <is> <should be>
equal() { [ "$2" = "$3" ] || fail "$1 is '$2', should be '$3'"; }

# contains <what> <text> <part>
contains() { [[ $2 == *"$3"* ]] || fail "$1 lacks '$3': $2"; }

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# wait_until <what> <command>...: runs the command until it succeeds.
wait_until() {
  local what=$1 end=$((SECONDS + PATIENCE_SECONDS))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "it did not happen that $what"
    sleep 0.05
  done
}

# code_of <command>...: prints its exit code; its output goes to $OUTPUT.
OUTPUT=/run/libagent-test-output
code_of() {
  local code=0
  "$@" >"$OUTPUT" 2>&1 || code=$?
  sed 's/^/  | /' "$OUTPUT" >&2
  echo "$code"
}

# Boots the machine again; the test begins anew, and `rebooted` is true.
reboot_now() {
  touch /var/lib/libagent-test/rebooting
  sync
  reboot
  sleep infinity
}
rebooted() { [ -e /var/lib/libagent-test/rebooted ]; }

# Configuration files; the agents connect to the server below, as exec-1 and example-1.
write_configuration() {
  mkdir -p "$CONF"
  printf 'listen = %s\ndata_dir = /var/lib/agent-server\n' "$SERVER" >"$CONF/agent-server.conf"
  local name
  for name in exec example; do
    printf 'basic.id = %s-1\nbasic.server = %s\nbasic.log.target = stdout\n' "$name" "$SERVER" >"$CONF/$name-agent.conf"
  done
}

# run_command <line> [timeout]: by exec-1, through the server; prints the answer.
run_command() {
  jq -nc --arg cmd "$1" --argjson timeout "${2:-60}" '{cmd: $cmd, pipes: true, timeout: $timeout}' |
    curl -sS -m 120 -d @- "http://$SERVER/api/exec/exec-1/run"
}
# The same, without waiting for its end.
begin_command() {
  jq -nc --arg cmd "$1" '{cmd: $cmd, pipes: true, timeout: 600, result: false}' |
    curl -sS -m 60 -d @- "http://$SERVER/api/exec/exec-1/run"
}
output_of() { jq -r '.payload.result.data // "" | @base64d'; }

is_connected() { [ "$(run_command 'echo here' | output_of)" = here ]; }
wait_connected() { wait_until "exec-1 is connected" is_connected; }

# What outlives its command: a daemon by setsid and nohup, and one that forked twice. Their arguments tell them.
readonly DAEMONS="7101 7102"
start_daemons() {
  run_command 'setsid nohup sleep 7101 >/dev/null 2>&1 &' >/dev/null
  run_command '(sleep 7102 </dev/null >/dev/null 2>&1 &) &' >/dev/null
  wait_until "the daemons run" daemons_live
}
runs() { pgrep -xf "sleep $1" >/dev/null; }
daemons_live() {
  local number
  for number in $DAEMONS; do runs "$number" || return 1; done
}

# A command that runs until it is ended: its shell, and a child that has left the session.
begin_tree() {
  begin_command 'setsid sleep 7201 & sleep 7202; true' >/dev/null
  wait_until "the command runs" runs 7201
  wait_until "the command runs" runs 7202
}
tree_is_gone() { ! runs 7201 && ! runs 7202; }

agents() { pgrep -xc exec-agent || true; }

# ---- services

# install <program> [option]...: with its configuration above, and started.
install() {
  local program=$1
  shift
  equal "the exit code of $program install" "$(code_of "$program" install --conf "$CONF/$program.conf" --now "$@")" 0
}

# A server and exec-1, installed and connected.
install_both() {
  write_configuration
  install agent-server
  install exec-agent
  wait_connected
}

# state <program> <field>: a field of `status --json`, "" without; .connection.state is one.
state() { { "$1" status --json || true; } | jq -r ".$2 // \"\""; }
pid_of() { state "$1" pid; }

# A program that an upgrade brings: its file is another one, and runs as before.
replace_program() {
  cp "/tests/bin/$1" "/usr/local/bin/$1.new"
  mv "/usr/local/bin/$1.new" "/usr/local/bin/$1"
}

# Every file outside of what a running system changes by itself. The numbers of links in runlevels change with each
# service that comes or goes.
list_files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path /tests \
    -o -path /var/log/journal -o -path /var/lib/systemd -o -path /var/lib/libagent-test -o -path /var/tmp \) -prune \
    -o -print | sed 's,^\(/etc/rc.\.d/[SK]\)[0-9]*,\1,' | sort
}
