#!/bin/bash
# An agent whose server is away is started, says so, and stays.
. /tests/systemd.sh
write_configuration
equal "the exit code of install" "$(code_of exec-agent install --conf "$CONF/exec-agent.conf")" 0
systemctl start exec-agent
equal "the state" "$(systemctl is-active exec-agent)" active
away() { [[ $(show exec-agent StatusText) == *away* ]]; }
wait_until "the status line says that the server is away" away
equal "starts" "$(show exec-agent NRestarts)" 0
contains "status" "$(exec-agent status)" "away since"
install agent-server
wait_connected
equal "starts" "$(show exec-agent NRestarts)" 0
