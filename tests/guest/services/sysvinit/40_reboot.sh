#!/bin/bash
# A reboot stops server and agent in order, and starts them again.
. /tests/sysvinit.sh
if ! rebooted; then
  install_both
  reboot_now
fi
wait_connected
for program in agent-server exec-agent; do
  equal "the exit code of $program status" "$(code_of $program status)" 0
  equal "processes of $program" "$(processes $program)" 2
done
