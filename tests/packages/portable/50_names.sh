#!/bin/bash
# Names of servers: /etc/hosts, search domains and ndots, a name server that does not answer, and answers that only fit into TCP.
. /tests/portable.sh
serve 'listen = 127.0.0.1:13081' 'server_names = server.example, server, only-here, host.outer, large.example'
perl /tests/portable/name_server.pl 127.0.0.53 >/run/names.log 2>&1 &
names_up() { grep -q ready /run/names.log; }
wait_until "the name server is ready" names_up

# reaches <name>: a client finds the server by that name.
reaches() { agentctl --url "http://$1:13081" agents >/run/said 2>&1 || fail "$1: $(cat /run/said)"; }
fails() { ! agentctl --url "http://$1:13081" agents >/run/said 2>&1 || fail "$1 was found"; }

echo 'nameserver 127.0.0.53' >/etc/resolv.conf
echo 'hosts: files mymachines resolve [!UNAVAIL=return] dns' >/etc/nsswitch.conf
reaches server.example
fails unknown.example
echo '127.0.0.1 only-here' >>/etc/hosts
reaches only-here
fails server
echo 'search nowhere.example example' >>/etc/resolv.conf
reaches server
# With dots enough the name is asked as it is first.
printf 'nameserver 127.0.0.53\nsearch inner\noptions ndots:2\n' >/etc/resolv.conf
reaches host.outer
contains "what was asked first" "$(grep host.outer /run/names.log | head -n 1)" host.outer.inner
printf 'nameserver 127.0.0.54\nnameserver 127.0.0.53\noptions timeout:1 attempts:1\n' >/etc/resolv.conf
reaches server.example
echo 'nameserver 127.0.0.53' >/etc/resolv.conf
reaches large.example
contains "how it was asked" "$(cat /run/names.log)" "tcp large.example"
kill %1 %2
wait
