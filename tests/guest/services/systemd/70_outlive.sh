#!/bin/bash
# What outlived its command lives through restart, stop, upgrade and kill; what runs ends with the agent.
. /tests/systemd.sh
install_both
start_daemons
check() { daemons_live || fail "$1 has ended the daemons"; }

begin_tree
systemctl restart exec-agent
check "restart"
wait_until "the command is gone" tree_is_gone
wait_connected

begin_tree
systemctl stop exec-agent
check "stop"
wait_until "the command is gone" tree_is_gone
systemctl daemon-reload
systemctl start exec-agent
check "start"
wait_connected

for round in {1..20}; do
  systemctl restart exec-agent || fail "restart $round failed"
  equal "the state after restart $round" "$(systemctl is-active exec-agent)" active
  equal "agents after restart $round" "$(agents)" 1
done
check "twenty restarts"
wait_connected

before=$(show exec-agent MainPID)
kill -KILL "$before"
wait_until "another agent runs" is_another exec-agent "$before"
check "kill"
wait_connected

replace_program exec-agent
exec-agent install --conf "$CONF/exec-agent.conf"
exec-agent restart
check "upgrade"
wait_connected
equal "agents" "$(agents)" 1

exec-agent uninstall
check "uninstall"
