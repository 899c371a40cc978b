#!/bin/bash
# The journal has lines with priorities and without a second time stamp.
. /tests/systemd.sh
write_configuration
echo "no.such.key = 1" >>"$CONF/exec-agent.conf"  # which is a warning
install agent-server
install exec-agent
wait_connected
journalctl --sync
journalctl --unit exec-agent --output json _COMM=exec-agent | jq -r '[.PRIORITY, .MESSAGE] | @tsv' >/run/lines
cat /run/lines
[ -s /run/lines ] || fail "there are no lines"
grep -q '^6' /run/lines || fail "no line has the priority of info"
grep -q '^[34]' /run/lines || fail "no line has the priority of a warning or an error"
! grep -q '<[0-7]>' /run/lines || fail "a priority is in the text"
! grep -Eq '20[0-9][0-9][-/][0-9]+[-/][0-9]+' /run/lines || fail "a line has a time stamp of its own"
