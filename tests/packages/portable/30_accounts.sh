#!/bin/bash
# A portable agent knows the accounts of /etc/passwd and no others, and never runs a command as root instead.
. /tests/portable.sh
useradd --uid 4711 --create-home local-user
chmod 755 /run
serve 'listen = 127.0.0.1:13081'
daemon() { HOME=/home/local-user exec-agent --server 127.0.0.1:13081 --id exec-1 "$@" 2>&1; }
daemon --daemon --pid-file /run/exec.pid --user local-user --output /run/agent.log
wait_until "it is connected" has_agent exec-1
equal "its account" "$(agentctl --url http://127.0.0.1:13081 run -a exec-1 -- id -u)" 4711
exec-agent --daemon --stop --pid-file /run/exec.pid >/dev/null
# A name service that has more users, as LDAP would: a module for the system's libc, which our program must not load.
sed -i 's/^passwd:.*/passwd: systemd files/' /etc/nsswitch.conf
if said=$(daemon --daemon --pid-file /run/exec.pid --user ldap-user); then fail "it runs as a user that nobody knows: $said"; fi
contains "what it says of a user who is not in /etc/passwd" "$said" "ldap-user"
kill %1
wait
