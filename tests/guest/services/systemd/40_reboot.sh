#!/bin/bash
# After a reboot server and agent run, and the agent is connected.
. /tests/systemd.sh
if ! rebooted; then
  install_both
  reboot_now
fi
wait_connected
for program in agent-server exec-agent; do
  equal "the exit code of $program status" "$(code_of $program status)" 0
  equal "starts of $program" "$(show $program NRestarts)" 0
done
