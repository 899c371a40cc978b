#!/bin/bash
# A killed agent is back, a killed supervisor is replaced, and there is never a second agent.
. /tests/sysvinit.sh
install_both
before=$(state exec-agent connection.since)
agent=$(pgrep -nx exec-agent)
kill -KILL "$agent"
another() { [ "$(pgrep -nx exec-agent)" != "$agent" ] && [ "$(processes exec-agent)" = 2 ]; }
wait_until "another agent runs" another
wait_connected
echo "connected since $before, then $(state exec-agent connection.since)"

# Without its pid file, too, it is found.
find /run /var/run -name 'exec-agent.pid' -delete
equal "the exit code of start" "$(call exec-agent start)" 0
equal "processes" "$(processes exec-agent)" 2
equal "the exit code of stop" "$(call exec-agent stop)" 0
equal "processes" "$(processes exec-agent)" 0

equal "the exit code of start" "$(call exec-agent start)" 0
wait_connected
pkill -KILL -ox exec-agent
none() { [ "$(processes exec-agent)" = 0 ]; }
wait_until "the agent ends with its supervisor" none
equal "the exit code of start" "$(call exec-agent start)" 0
wait_connected
equal "processes" "$(processes exec-agent)" 2
