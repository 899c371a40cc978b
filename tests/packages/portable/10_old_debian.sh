#!/bin/bash
# Portable programs need no library, and a server, agents and a client of them work on Debian 11.
. /tests/portable.sh
for program in /opt/*/bin/*; do
  equal "the libraries of $program" "$(ldd "$program" 2>&1)" "	statically linked"
  "$program" --help >/dev/null
done
size=$(stat -c %s /opt/exec-agent/bin/exec-agent)
[ "$size" -le 10485760 ] || fail "exec-agent has $size bytes"

serve 'listen = 127.0.0.1:13081'
printf '%s\n' 'basic.server = 127.0.0.1:13081' 'basic.id = exec-1' 'log.target = file' 'log.dir = /run/logs' 'log.level = debug' \
  'log.size = 10K' 'log.rotate = 2' >/run/agent.conf
exec-agent run --conf /run/agent.conf >/run/agent.log 2>&1 &
answers() { agentctl --url http://127.0.0.1:13081 run -a exec-1 -- cat /etc/debian_version; }
wait_until "a command runs through server and agent" answers
contains "its output" "$(answers)" "11."
rotated() { answers && [ "$(find /run/logs -type f | wc -l)" -gt 1 ]; }
wait_until "the agent's log is rotated" rotated
metrics-agent --server 127.0.0.1:13081 --id metrics-1 >/run/metrics.log 2>&1 &
wait_until "metrics-agent is connected" has_agent metrics-1
kill %1 %2 %3
wait
