#!/bin/bash
# A program whose configuration is wrong ends with 78 and stays down.
. /tests/systemd.sh
install_both
echo "basic.log.size = many" >>"$CONF/exec-agent.conf"
code_of exec-agent restart
failed() { [ "$(systemctl is-active exec-agent)" = failed ]; }
wait_until "the unit has failed" failed
equal "its exit code" "$(show exec-agent ExecMainStatus)" 78
equal "starts" "$(show exec-agent NRestarts)" 0
equal "the exit code of status" "$(code_of exec-agent status)" 1
contains "status" "$(cat "$OUTPUT")" "service is failed"

equal "the exit code of install" "$(code_of exec-agent install --conf "$CONF/exec-agent.conf")" 78
equal "the exit code of install" "$(code_of exec-agent install --conf relative.conf)" 2
