#!/bin/bash
# Uninstall leaves nothing, twice is fine, and only --purge removes configuration and data.
. /tests/systemd.sh
list_files >/run/before
write_configuration
list_files >/run/configured
install_both
exec-agent uninstall
agent-server uninstall
! { pgrep -lx exec-agent || pgrep -lx agent-server; } || fail "a program runs"
list_files | comm -13 /run/configured - >/run/left
cat /run/left
! grep -Ev '^/var/(lib|log)/' /run/left || fail "more than data and logs is left"
equal "the exit code of status" "$(code_of exec-agent status)" 4
equal "the exit code of uninstall" "$(code_of exec-agent uninstall)" 0
[ -e "$CONF/exec-agent.conf" ] || fail "the configuration is gone"
equal "units that failed" "$(systemctl --failed --no-legend | wc -l)" 0

install_both
exec-agent uninstall --purge
agent-server uninstall --purge
rm -rf "$CONF"
list_files | comm -13 /run/before - >/run/left
cat /run/left
[ ! -s /run/left ] || fail "files are left"
