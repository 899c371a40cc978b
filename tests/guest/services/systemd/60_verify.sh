#!/bin/bash
# systemd finds nothing to say about the units, and little exposure where little is needed.
. /tests/systemd.sh
install_both
install example-agent
for program in agent-server example-agent exec-agent; do
  unit=/etc/systemd/system/$program.service
  equal "the exit code of verify for $program" "$(code_of systemd-analyze verify --man=no "$unit")" 0
  equal "what verify says about $program" "$(cat "$OUTPUT")" ""
  equal "what systemd warned about" "$(journalctl --output cat _PID=1 | grep "$program.service:[0-9]" || true)" ""
done
for program in agent-server example-agent; do
  equal "the exit code of security for $program (at most 2.5)" \
    "$(code_of systemd-analyze security --offline=yes --no-pager --threshold=25 "/etc/systemd/system/$program.service")" 0
done
systemd-analyze security --offline=yes --no-pager /etc/systemd/system/exec-agent.service | tail -n 1
[ "$(show exec-agent TasksMax)" -ge 4096 ] || fail "TasksMax of exec-agent"
equal "open files of the server" "$(show agent-server LimitNOFILE)" 65535
equal "OOMPolicy" "$(show exec-agent OOMPolicy)" continue
