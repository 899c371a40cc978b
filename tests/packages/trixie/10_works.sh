#!/bin/bash
# On Debian 13 every package is installed, its program starts, and a server and an agent work.
. /tests/packages.sh
before=$(files)
for deb in /tests/packages/*_2.0.0_*.deb; do
  quietly dpkg -i "$deb"
  program=$(dpkg-deb --field "$deb" Package)
  "$program" --help >/dev/null
done

printf 'listen = 127.0.0.1:13081\ndata_dir = /run/data\n' >/run/server.conf
agent-server run --conf /run/server.conf >/run/server.log 2>&1 &
printf 'basic.server = 127.0.0.1:13081\nbasic.id = exec-1\nbasic.log.target = stdout\n' >/run/agent.conf
exec-agent run --conf /run/agent.conf >/run/agent.log 2>&1 &
answers() { agentctl --url http://127.0.0.1:13081 run -a exec-1 -- cat /etc/debian_version; }
wait_until "a command runs through server and agent" answers
contains "its output" "$(answers)" "13."
kill %1 %2
wait

for deb in /tests/packages/*_2.0.0_*.deb; do quietly dpkg -P "$(dpkg-deb --field "$deb" Package)"; done
rm -r /run/data /run/server.* /run/agent.*
equal "what stays after purge" "$(added | grep -v -e /run/ -e '/etc/.*-$' -e '/var/lib/dpkg')" ""
