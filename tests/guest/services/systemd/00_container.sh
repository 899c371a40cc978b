#!/bin/bash
# A unit that somebody wrote by hand starts, and again after a reboot.
. /tests/common.sh
if ! rebooted; then
  write_configuration
  printf '[Service]\nExecStart=/usr/local/bin/exec-agent --conf %s\n[Install]\nWantedBy=multi-user.target\n' \
    "$CONF/exec-agent.conf" >/etc/systemd/system/exec-agent.service
  printf '[Service]\nExecStart=/usr/local/bin/agent-server --conf %s\nEnvironment=HOME=/root\n[Install]\nWantedBy=multi-user.target\n' \
    "$CONF/agent-server.conf" >/etc/systemd/system/agent-server.service
  systemctl daemon-reload
  systemctl enable --now exec-agent agent-server
  wait_connected
  reboot_now
fi
wait_connected
equal "agents" "$(agents)" 1
