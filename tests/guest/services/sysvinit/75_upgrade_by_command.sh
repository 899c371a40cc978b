#!/bin/bash
# An agent can be restarted by a command that it runs itself.
. /tests/sysvinit.sh
install_both
restarted() { [ "$(pgrep -nx exec-agent)" != "$before" ] && [ "$(processes exec-agent)" = 2 ]; }

before=$(pgrep -nx exec-agent)
answer=$(run_command '/etc/init.d/exec-agent restart; echo finished >/run/restarted')
echo "$answer"
contains "the answer" "$answer" '"code":200'
wait_until "another agent runs" restarted
wait_until "the command has finished" test -e /run/restarted
wait_connected

before=$(pgrep -nx exec-agent)
answer=$(run_command '/usr/local/bin/exec-agent restart; echo finished >/run/restarted-by-verb')
echo "$answer"
contains "the answer" "$answer" '"code":200'
wait_until "another agent runs" restarted
wait_until "the command has finished" test -e /run/restarted-by-verb
wait_connected
