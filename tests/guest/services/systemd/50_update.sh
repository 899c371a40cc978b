#!/bin/bash
# Installed again the definition is updated and what has changed is told.
. /tests/systemd.sh
install_both
unit=/etc/systemd/system/exec-agent.service
before=$(show exec-agent MainPID)
install exec-agent
contains "install" "$(cat "$OUTPUT")" "nothing has changed"
equal "the agent" "$(show exec-agent MainPID)" "$before"

mv "$CONF/exec-agent.conf" "$CONF/moved.conf"
equal "the exit code of install" "$(code_of exec-agent install --conf "$CONF/moved.conf" --now)" 0
contains "install" "$(cat "$OUTPUT")" "$CONF/moved.conf"
contains "the command line" "$(tr '\0' ' ' <"/proc/$(show exec-agent MainPID)/cmdline")" "--conf $CONF/moved.conf"
wait_connected

# What somebody has edited is kept, and so is a drop-in.
drop_in exec-agent Nice=3
sed -i 's/^RestartSec=.*/RestartSec=7/' "$unit"
equal "the exit code of install" "$(code_of exec-agent install --conf "$CONF/moved.conf" --now)" 0
grep -q RestartSec=7 "$unit".bak* || fail "there is no copy of what was edited"
! grep -q RestartSec=7 "$unit" || fail "the definition is as edited"
equal "the drop-in's setting" "$(show exec-agent Nice)" 3

# A definition that is not ours stays, unless it is forced.
exec-agent uninstall --purge
write_configuration
printf '[Service]\nExecStart=/bin/sleep 1000\n' >"$unit"
equal "the exit code of install" "$(code_of exec-agent install --conf "$CONF/exec-agent.conf")" 1
contains "install" "$(cat "$OUTPUT")" "--force"
grep -q 'sleep 1000' "$unit" || fail "another's definition was replaced"
equal "the exit code of install --force" "$(code_of exec-agent install --conf "$CONF/exec-agent.conf" --force)" 0
grep -q 'sleep 1000' "$unit".bak* || fail "there is no copy of the other's definition"
