#!/bin/bash
# An agent works in a root that holds nothing but its program, /proc and /dev/null.
. /tests/portable.sh
serve 'listen = 127.0.0.1:13081'
mkdir -p /run/alone/{bin,proc,dev}
cp /opt/exec-agent/bin/exec-agent /run/alone/bin/
mknod -m 666 /run/alone/dev/null c 1 3
mount -t proc proc /run/alone/proc
HOME=/ chroot /run/alone /bin/exec-agent --server 127.0.0.1:13081 --id alone >/run/agent.log 2>&1 &
wait_until "it is connected" has_agent alone
agentctl --url http://127.0.0.1:13081 cp /tests/portable/20_alone.sh alone:/copied
equal "a file that was sent to it" "$(cat /run/alone/copied)" "$(cat /tests/portable/20_alone.sh)"
kill %1 %2
wait
umount /run/alone/proc
