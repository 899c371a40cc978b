#!/bin/bash
# An agent is installed and started, with links in the runlevels, and init's verbs work.
. /tests/sysvinit.sh
write_configuration
install agent-server
install exec-agent
contains "install" "$(cat "$OUTPUT")" "register service success"
wait_connected
for program in agent-server exec-agent; do
  for level in 2 3 4 5; do
    compgen -G "/etc/rc$level.d/S[0-9][0-9]$program" >/dev/null || fail "$program does not start in runlevel $level"
  done
  for level in 0 1 6; do
    compgen -G "/etc/rc$level.d/K[0-9][0-9]$program" >/dev/null || fail "$program does not stop in runlevel $level"
  done
  equal "the exit code of status" "$(call $program status)" 0
  equal "the exit code of our status" "$(code_of $program status)" 0
  contains "status" "$(cat "$OUTPUT")" "service is running"
done
contains "status" "$(exec-agent status)" "connected to $SERVER as exec-1"
equal "processes: the agent and its supervisor" "$(processes exec-agent)" 2

equal "the exit code of start of what runs" "$(call exec-agent start)" 0
equal "processes" "$(processes exec-agent)" 2
equal "the exit code of restart" "$(call exec-agent restart)" 0
wait_connected
equal "processes" "$(processes exec-agent)" 2
equal "the exit code of stop" "$(call exec-agent stop)" 0
equal "processes" "$(processes exec-agent)" 0
equal "the exit code of status" "$(call exec-agent status)" 3
equal "the exit code of our status" "$(code_of exec-agent status)" 3
equal "the exit code of stop of what is stopped" "$(call exec-agent stop)" 0
equal "the exit code of restart of what is stopped" "$(call exec-agent restart)" 0
wait_connected
equal "the exit code of an unknown verb" "$(call exec-agent dance)" 2
