#!/bin/bash
# An original that runs goes on as ours under its id, and ours goes on as the original.
. /tests/life.sh
write_configuration
agent_server=/run/server
dpkg-deb -x "$(package deb agent-server 2.0.0)" $agent_server
$agent_server/usr/bin/agent-server run --conf $CONF/agent-server.conf >/run/server.log 2>&1 &
# runs_from <program>: exec-1 is connected, and this is its process.
runs_from() { is_connected && [ "$(readlink "/proc/$(show exec-agent MainPID)/exe")" = "$1" ]; }

make_original_deb
make_original_rpm
rpm --initdb
for kind in deb rpm; do
  install_original $kind
  sed -i 's/^basic.id=.*/basic.id=exec-1/' $ORIGINAL/conf/agent.conf
  systemctl start exec-agent
  wait_until "the original is connected" runs_from $ORIGINAL/bin/agent
  install_ours $kind
  wait_until "ours is connected" runs_from /usr/bin/exec-agent
  equal "whether it starts with the machine" "$(show exec-agent UnitFileState)" enabled
  install_original $kind
  wait_until "the original is connected again" runs_from $ORIGINAL/bin/agent
  equal "whether it starts with the machine" "$(show exec-agent UnitFileState)" enabled
  install_ours $kind
  wait_until "ours is connected again" runs_from /usr/bin/exec-agent
  if [ $kind = deb ]; then quietly dpkg -P exec-agent; else quietly rpm -e exec-agent; fi
  equal "processes" "$(agents)" 0
  rm -rf $ORIGINAL
done
kill %1
wait
