# shellcheck shell=bash
# What a package's service lives through on a machine that runs: live <deb or rpm>. Each test begins with `. /tests/life.sh`.
# shellcheck source=tests/packages/packages.sh
. /tests/packages.sh
# shellcheck source=tests/guest/services/inside/systemd.sh
. /tests/systemd.sh
KIND=

# change <program> <version>: installs that version over whichever is there, or the same again.
change() {
  case $KIND in
    deb) quietly dpkg -i "$(package deb "$1" "$2")" ;;
    rpm) quietly rpm -U --nodeps --oldpackage --replacepkgs "$(package rpm "$1" "$2")" ;;
  esac
}

# is_as <SubState> <UnitFileState>
is_as() {
  equal "whether it runs" "$(show exec-agent SubState)" "$1"
  equal "whether it starts with the machine" "$(show exec-agent UnitFileState)" "$2"
}

configure_server() {
  change agent-server 2.0.0
  equal "the server" "$(show agent-server LoadState)" not-found
  sed -i "s/^listen = .*/listen = $SERVER/" /etc/agent-server/server.conf
  agent-server install --conf /etc/agent-server/server.conf --user agent-server --now
  equal "the server's account" "$(show agent-server User)" agent-server
}

configure_agent() {
  change exec-agent 2.0.0
  equal "the agent" "$(show exec-agent LoadState)" not-found
  sed -i 's/^basic.id =.*/basic.id = exec-1/' /etc/exec-agent/agent.conf
  exec-agent install --server "$SERVER" --conf /etc/exec-agent/agent.conf --now
  wait_connected
  is_as running enabled
}

# Other commands end and what has outlived its command lives on. Configuration, id and data stay.
upgrade_while_commands_run() {
  start_daemons
  begin_tree
  local before conf
  conf=$(sum /etc/exec-agent/agent.conf)
  before=$(show exec-agent MainPID)
  change exec-agent 2.0.1
  is_another exec-agent "$before" || fail "it was not started again"
  wait_connected
  wait_until "the commands have ended" tree_is_gone
  daemons_live || fail "the upgrade has ended what outlived its command"
  equal "the configuration" "$(sum /etc/exec-agent/agent.conf)" "$conf"
  before=$(show exec-agent MainPID)
  change exec-agent 2.0.1
  is_another exec-agent "$before" || fail "the same version again was not started again"
  change exec-agent 2.0.0
  wait_connected
}

upgrade_by_command() {
  local line answer before
  line="dpkg -i $(package deb exec-agent 2.0.1)"
  [ $KIND = deb ] || line="rpm -U --nodeps $(package rpm exec-agent 2.0.1)"
  before=$(show exec-agent MainPID)
  answer=$(run_command "$line")
  contains "the answer" "$answer" '"code":200'
  restarted() { is_another exec-agent "$before"; }
  wait_until "another agent runs" restarted
  wait_connected
}

what_is_off_stays_off() {
  systemctl stop exec-agent
  change exec-agent 2.0.0
  is_as dead enabled
  systemctl disable exec-agent
  change exec-agent 2.0.1
  is_as dead disabled
  systemctl start exec-agent
  change exec-agent 2.0.0
  is_as running disabled
  systemctl stop exec-agent
  mv "$UNIT" /run/unit
  systemctl mask exec-agent
  change exec-agent 2.0.1
  is_as dead masked
  [ -L "$UNIT" ] || fail "the mask is gone"
  systemctl unmask exec-agent
  mv /run/unit "$UNIT"
  systemctl daemon-reload
  systemctl start exec-agent
  wait_connected
}

leave() {
  begin_tree
  case $KIND in
    deb) quietly dpkg -r exec-agent agent-server ;;
    rpm) quietly rpm -e exec-agent agent-server ;;
  esac
  equal "processes" "$(agents)" 0
  wait_until "the commands have ended" tree_is_gone
  for program in exec-agent agent-server; do
    equal "$program" "$(show $program LoadState)" not-found
    [ ! -e "/usr/bin/$program" ] || fail "$program is there"
  done
  [ -e /etc/exec-agent/agent.conf ] && [ -d /var/lib/agent-server ] || fail "configuration or data are gone"
}

live() {
  KIND=$1
  [ $KIND = deb ] || rpm --initdb
  local was_there
  was_there=$(list_files)
  configure_server
  configure_agent
  upgrade_while_commands_run
  upgrade_by_command
  what_is_off_stays_off
  leave
  [ $KIND = deb ] || return 0
  quietly dpkg -P exec-agent agent-server
  equal "what purge leaves" "$(comm -13 <(echo "$was_there") <(list_files) | grep -v -e '^/var/lib/dpkg' -e '^/etc/.*-$' -e '^/var/log/')" ""
}
