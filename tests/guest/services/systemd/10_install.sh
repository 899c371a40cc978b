#!/bin/bash
# An agent is installed, enabled, started, notifies systemd and tells how it stands.
. /tests/systemd.sh
write_configuration
equal "the exit code of status before" "$(code_of exec-agent status)" 4
install agent-server
install exec-agent
contains "install" "$(cat "$OUTPUT")" "service name: exec-agent"
contains "install" "$(cat "$OUTPUT")" "platform: "
contains "install" "$(cat "$OUTPUT")" "register service success"

for program in agent-server exec-agent; do
  equal "whether $program is enabled" "$(systemctl is-enabled $program)" enabled
  equal "the state of $program" "$(systemctl is-active $program)" active
  equal "the type of $program" "$(show $program Type)" notify
  equal "the exit code of status" "$(code_of $program status)" 0
  contains "status" "$(cat "$OUTPUT")" "service is running"
  equal "the pid of status" "$(pid_of $program)" "$(show $program MainPID)"
done
wait_connected
contains "systemd's status line" "$(show exec-agent StatusText)" "connected to $SERVER as exec-1"
code_of exec-agent status
contains "status" "$(cat "$OUTPUT")" "connected to $SERVER as exec-1"

exec-agent stop
equal "the exit code of status after stop" "$(code_of exec-agent status)" 3
contains "status" "$(cat "$OUTPUT")" "service is stopped"
exec-agent start
equal "the exit code of status after start" "$(code_of exec-agent status)" 0
