#!/bin/bash
# An agent can be restarted and upgraded by a command that it runs itself.
. /tests/systemd.sh
install_both
restarted() { is_another exec-agent "$before"; }

before=$(show exec-agent MainPID)
answer=$(run_command 'systemctl restart exec-agent; echo finished >/run/restarted')
echo "$answer"
contains "the answer" "$answer" '"code":200'
wait_until "another agent runs" restarted
wait_until "the command has finished" test -e /run/restarted
wait_connected

before=$(show exec-agent MainPID)
answer=$(run_command 'exec-agent restart; echo finished >/run/restarted-by-verb')
echo "$answer"
contains "the answer" "$answer" '"code":200'
wait_until "another agent runs" restarted
wait_until "the command has finished" test -e /run/restarted-by-verb
wait_connected

# A package whose script restarts the service, as the tools of distributions write it.
mkdir -p /run/package/DEBIAN /run/package/usr/local/bin
cp /tests/bin/exec-agent /run/package/usr/local/bin
printf '%s\n' "Package: exec-agent" "Version: 1" "Architecture: all" "Maintainer: x" "Description: x" \
  >/run/package/DEBIAN/control
printf '%s\n' '#!/bin/sh' 'set -e' 'systemctl restart exec-agent >/dev/null || true' 'sleep 20  # longer than a stop may take' \
  'echo done >/run/configured' \
  >/run/package/DEBIAN/postinst
chmod 755 /run/package/DEBIAN/postinst
dpkg-deb --build /run/package /run/package.deb >/dev/null
before=$(show exec-agent MainPID)
answer=$(run_command 'dpkg -i /run/package.deb')
echo "$answer"
contains "the answer" "$answer" '"code":200'
wait_until "another agent runs" restarted
wait_until "the package is configured" test -e /run/configured
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' exec-agent)" = installed ]; }
wait_until "dpkg has finished" installed
wait_connected
equal "agents" "$(agents)" 1
