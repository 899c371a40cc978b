#!/bin/bash
# What outlived its command lives through restart, stop and upgrade; what runs ends with the agent.
. /tests/sysvinit.sh
install_both
start_daemons
check() { daemons_live || fail "$1 has ended the daemons"; }

begin_tree
equal "the exit code of restart" "$(call exec-agent restart)" 0
check "restart"
wait_until "the command is gone" tree_is_gone
wait_connected

begin_tree
equal "the exit code of stop" "$(call exec-agent stop)" 0
check "stop"
wait_until "the command is gone" tree_is_gone
equal "the exit code of start" "$(call exec-agent start)" 0
wait_connected

for round in {1..20}; do
  equal "the exit code of restart $round" "$(call exec-agent restart)" 0
  equal "processes after restart $round" "$(processes exec-agent)" 2
done
check "twenty restarts"
wait_connected

replace_program exec-agent
exec-agent install --conf "$CONF/exec-agent.conf"
exec-agent restart
check "upgrade"
wait_connected
exec-agent uninstall
check "uninstall"
