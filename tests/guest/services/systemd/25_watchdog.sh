#!/bin/bash
# A loop that hangs is ended by the watchdog, without a core file, and the program is started again.
. /tests/systemd.sh
write_configuration
install agent-server
sed 's/exec-1/hung-1/' "$CONF/exec-agent.conf" >"$CONF/hung-agent.conf"
export HUNG_AGENT_DIRECTORY=/run/hung-agent  # it wants it for each verb
echo "HUNG_AGENT_DIRECTORY=$HUNG_AGENT_DIRECTORY" >/etc/default/hung-agent
install hung-agent
watched=$(show hung-agent WatchdogUSec)
[[ $watched != 0 && $watched != infinity ]] || fail "nobody watches"
drop_in hung-agent WatchdogSec=4s
hung-agent restart
before=$(show hung-agent MainPID)
# A loop that runs is let live, for longer than a hung one would be.
pinged_since() { [ "$(show hung-agent WatchdogTimestampMonotonic)" != "$1" ]; }
for ping in {1..4}; do
  wait_until "ping $ping has come" pinged_since "$(show hung-agent WatchdogTimestampMonotonic)"
done
equal "the agent that is watched" "$(show hung-agent MainPID)" "$before"

touch /run/hung-agent/hang
wait_until "another agent runs" is_another hung-agent "$before"
journalctl --sync
contains "the journal" "$(journalctl --unit hung-agent --output cat)" "Watchdog timeout"
equal "starts" "$(show hung-agent NRestarts)" 1
equal "core files" "$(find / -xdev -name 'core*' -type f -newer "$CONF/hung-agent.conf" -size +100k | wc -l)" 0
