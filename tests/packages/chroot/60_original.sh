#!/bin/bash
# An original's package of the same name hands over its configuration, its id and its service, and gets them back.
. /tests/packages.sh
id=agent-20230102-00001-abcdef
# What the agent runs with: of the original, and absolute as ours.
theirs="basic.id=$id
basic.server=127.0.0.1:13081
basic.log.target=file
basic.log.dir=logs"
ours=${theirs/%logs/$ORIGINAL/bin/logs}

runs_as() { equal "whether it runs and is enabled" "$(cat /run/active) $(cat /run/enabled)" "$1"; }

# handed_over <state>
handed_over() {
  equal "the configuration" "$(cat /etc/exec-agent/agent.conf)" "$ours"
  equal "the modes" "$(stat -c '%a %U:%G' /etc/exec-agent/agent.conf /etc/exec-agent/agent.conf.original /etc/exec-agent | xargs)" \
    "640 root:root 640 root:root 750 root:root"
  grep -q '^ExecStart=/usr/bin/exec-agent run --conf /etc/exec-agent/agent.conf$' "$UNIT" || fail "$(cat "$UNIT")"
  grep -q $ORIGINAL/bin/exec-agent "$UNIT.bak" || fail "no copy of its definition was kept"
  runs_as "$1"
}

# given_back <id>: the configuration, with what has changed since.
given_back() {
  equal "the configuration" "$(cat $ORIGINAL/conf/agent.conf)" "${ours/$id/$1}"
  equal "its mode" "$(stat -L -c '%a %U:%G' $ORIGINAL/conf/agent.conf)" "640 root:root"
  [ ! -e /etc/exec-agent/agent.conf ] && [ ! -e /etc/exec-agent/agent.conf.original ] || fail "our configuration stays"
}
# is_theirs <state>: the service.
is_theirs() {
  grep -q "^ExecStart=$ORIGINAL/bin/exec-agent " "$UNIT" || fail "$(cat "$UNIT")"
  [ ! -e "$UNIT.bak" ] || fail "a copy stays"
  runs_as "$1"
}
assign_id() { sed -i "s/^basic.id=.*/basic.id=$1/" "$2"; }

make_original_deb
make_original_rpm
rpm --initdb
for kind in deb rpm; do
  for state in "active enabled" "inactive disabled"; do
    echo "$kind, $state"
    # shellcheck disable=SC2086  # two words
    fake_systemd $state
    install_original $kind
    # shellcheck disable=SC2086
    fake_systemd $state  # its script enables
    assign_id $id $ORIGINAL/conf/agent.conf
    install_ours $kind
    handed_over "$state"
    [ ! -e $ORIGINAL/bin/exec-agent ] || fail "the original's program is there"

    # The original over ours, with the id that has come meanwhile.
    assign_id new-1 /etc/exec-agent/agent.conf
    install_original $kind
    given_back new-1
    is_theirs "$state"
    [ ! -e /usr/bin/exec-agent ] || fail "our program stays"
    assign_id $id $ORIGINAL/conf/agent.conf
    install_ours $kind
    # It begins with what it gave back.
    equal "the configuration" "$(cat /etc/exec-agent/agent.conf)" "$ours"

    # Removed: its package, which is gone, would bring the program and make the service.
    remove_ours $kind
    given_back $id
    [ ! -e "$UNIT" ] || fail "a service without a program: $(cat "$UNIT")"
    [ $kind = rpm ] || quietly dpkg -P exec-agent
    rm -rf $ORIGINAL "$UNIT.bak"*
  done
done

# One that was unpacked by hand: its program stays, so its service comes back, as ours was.
for kind in deb rpm; do
  for state in "active enabled" "inactive disabled"; do
    echo "by hand, $kind, $state"
    original_files ""
    # shellcheck disable=SC2086
    fake_systemd $state
    $ORIGINAL/bin/exec-agent install
    # shellcheck disable=SC2086
    fake_systemd $state
    assign_id $id $ORIGINAL/conf/agent.conf
    mkdir -p /srv/conf
    mv $ORIGINAL/conf/agent.conf /srv/conf
    ln -s /srv/conf/agent.conf $ORIGINAL/conf/agent.conf
    install_ours $kind
    handed_over "$state"
    install_ours $kind  # again: it is no removal, although the original is there
    handed_over "$state"
    remove_ours $kind
    given_back $id
    is_theirs "$state"
    [ -L $ORIGINAL/conf/agent.conf ] || fail "its link was replaced"
    [ $kind = rpm ] || quietly dpkg -P exec-agent
    equal "what purge leaves" "$(ls -A /srv/conf $ORIGINAL | xargs)" "/opt/exec-agent: bin conf /srv/conf: agent.conf"
    rm -rf $ORIGINAL "$UNIT" /srv/conf
  done
done

# Ours was first: an original over it gets its own service, and no configuration of ours.
for kind in deb rpm; do
  echo "ours first, $kind"
  fake_systemd inactive enabled
  install_ours $kind
  printf 'basic.id = a\nbasic.server = 127.0.0.1:1\n' >/etc/exec-agent/agent.conf
  exec-agent install --conf /etc/exec-agent/agent.conf
  install_original $kind
  equal "its id" "$(grep ^basic.id $ORIGINAL/conf/agent.conf)" "basic.id="
  is_theirs "inactive enabled"
  equal "our configuration" "$(grep ^basic.id /etc/exec-agent/agent.conf)" "basic.id = a"
  if [ $kind = deb ]; then quietly dpkg -P exec-agent; else quietly rpm -e exec-agent; fi
  rm -rf $ORIGINAL /etc/exec-agent
done
