#!/bin/bash
# Where no service manager runs, a package still removes the service that was installed there.
. /tests/packages.sh
unit=/etc/systemd/system/exec-agent.service
quietly dpkg -i "$(package deb exec-agent 2.0.0)"
mkdir -p /etc/systemd/system/multi-user.target.wants
printf '[Service]\nExecStart=/usr/bin/exec-agent\n# agent-service {"sha256":"x"}\n' >"$unit"
ln -s "$unit" /etc/systemd/system/multi-user.target.wants/exec-agent.service
quietly dpkg -i "$(package deb exec-agent 2.0.1)"
[ -e "$unit" ] || fail "an upgrade has removed the service"
quietly dpkg -r exec-agent
[ ! -e "$unit" ] && [ ! -L /etc/systemd/system/multi-user.target.wants/exec-agent.service ] || fail "the service stays"
quietly dpkg -P exec-agent

# Another's stays.
quietly dpkg -i "$(package deb exec-agent 2.0.0)"
printf '[Service]\nExecStart=/opt/exec-agent/bin/exec-agent\n' >"$unit"
quietly dpkg -P exec-agent
[ -e "$unit" ] || fail "another's service is gone"
