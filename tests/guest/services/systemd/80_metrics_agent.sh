#!/bin/bash
# A metrics-agent, confined, sees everybody's processes and sockets, and keeps what the server changes.
. /tests/systemd.sh
write_configuration
printf 'basic.id = metrics-1\nbasic.server = %s\nbasic.log.target = stdout\ntask.jobs = usage,process\n' "$SERVER" \
  >"$CONF/metrics-agent.conf"
install agent-server
install metrics-agent

metrics() { curl -sS -m 60 "http://$SERVER/api/metrics/metrics-1/$1"; }
answers() { [ "$(metrics dynamic/usage | jq .code)" = 200 ]; }
wait_until "metrics-1 answers" answers

equal "whether / has a size" "$(metrics dynamic/usage | jq '.payload.partitions | any(.name == "/" and .used + .free > 0)')" true
server=$(pid_of agent-server)
processes=$(metrics dynamic/process)
contains "the command line of pid $server" "$(jq -c ".payload[] | select(.id == $server) | .cmd" <<<"$processes")" agent-server
contains "the sockets" "$(metrics dynamic/connections | jq -c "[.payload[] | select(.pid == $server) | .local]")" 13081

# One line of the file changes, and the next start has it, too.
cp "$CONF/metrics-agent.conf" /run/before
equal "the code of the change" \
  "$(curl -sS -m 60 -X PUT -d '{"jobs": ["usage"]}' "http://$SERVER/api/metrics/metrics-1/status" | jq .code)" 200
equal "the lines that changed" "$(diff /run/before "$CONF/metrics-agent.conf" | grep '^>')" "> task.jobs = usage"
metrics-agent restart
wait_until "metrics-1 answers again" answers
equal "the jobs" "$(metrics status | jq -c '[.payload.jobs[].name]')" '["usage"]'

metrics-agent uninstall
