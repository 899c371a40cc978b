#!/bin/bash
# A stop takes less than ten seconds, and whoever waits for a command is told.
. /tests/systemd.sh
install_both
run_command 'trap "" TERM HUP INT; sleep 7301 & sleep 7302; true' 600 >/run/answer &
caller=$!
wait_until "the command runs" runs 7302
start=$(milliseconds)
systemctl stop exec-agent
took=$(($(milliseconds) - start))
echo "stopped after $took ms"
[ "$took" -le 10000 ] || fail "it took $took ms"
equal "the result of the unit" "$(show exec-agent Result)" success
wait "$caller"
contains "the answer" "$(cat /run/answer)" '"reason":"the agent was stopped"'
! runs 7301 || fail "a part of the command is left"
equal "the exit code of status" "$(code_of exec-agent status)" 3
