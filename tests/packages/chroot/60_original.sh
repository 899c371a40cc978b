#!/bin/bash
# An original's package of the same name hands over its configuration, its id and its service.
. /tests/packages.sh
unit=/etc/systemd/system/exec-agent.service

# make_original <tree>: the files of its package.
make_original() {
  mkdir -p "$1/opt/exec-agent/bin" "$1/opt/exec-agent/conf"
  printf '#!/bin/sh\nexec sleep 1000\n' >"$1/opt/exec-agent/bin/exec-agent"
  chmod 755 "$1/opt/exec-agent/bin/exec-agent"
  printf 'basic.id=\nbasic.server=a.example:13081\nbasic.log.target=file\nbasic.log.dir=logs\n' >"$1/opt/exec-agent/conf/agent.conf"
}
# What has happened to it since: the id that the server has assigned, and the service that its script has installed.
use_original() {
  sed -i 's/^basic.id=/basic.id=agent-20230102-00001-abcdef/' /opt/exec-agent/conf/agent.conf
  printf '[Service]\nExecStart=/opt/exec-agent/bin/exec-agent "--conf" "/opt/exec-agent/conf/agent.conf"\n' >"$unit"
}
handed_over() {
  equal "the configuration" "$(cat /etc/exec-agent/agent.conf)" "basic.id=agent-20230102-00001-abcdef
basic.server=a.example:13081
basic.log.target=file
basic.log.dir=/opt/exec-agent/bin/logs"
  equal "its mode" "$(stat -c '%a %U:%G' /etc/exec-agent/agent.conf /etc/exec-agent | xargs)" "640 root:root 750 root:root"
  [ ! -e /opt/exec-agent/bin/exec-agent ] || fail "the original's program is there"
  grep -q '^ExecStart=/usr/bin/exec-agent run --conf /etc/exec-agent/agent.conf$' "$unit" || fail "$(cat "$unit")"
  grep -q /opt/exec-agent/bin/exec-agent "$unit.bak" || fail "no copy of its definition was kept"
}

make_original /run/original
mkdir /run/original/DEBIAN
printf '%s\n' "Package: exec-agent" "Version: 120:1.2.0" "Architecture: amd64" "Maintainer: x" "Description: x" >/run/original/DEBIAN/control
echo /opt/exec-agent/conf/agent.conf >/run/original/DEBIAN/conffiles
dpkg-deb -b /run/original /run/original.deb >/dev/null

for state in active inactive; do
  dpkg -i /run/original.deb
  use_original
  fake_systemd "$state" "$([ "$state" = active ] && echo enabled || echo disabled)"
  quietly dpkg -i "$(package deb exec-agent 2.0.0)"
  handed_over
  equal "whether it runs" "$(cat /run/active)" "$state"
  equal "whether it is enabled" "$(cat /run/enabled)" "$([ "$state" = active ] && echo enabled || echo disabled)"
  quietly dpkg -P exec-agent
  rm -rf /opt/exec-agent
  [ ! -e "$unit" ] || fail "the unit is there"
done

rpm --initdb
make_original /run/rpm-original
cat >/run/original.spec <<'END'
Name: exec-agent
Version: 1.2.0
Epoch: 120
Release: 1
Summary: x
License: x
AutoReqProv: no
%global debug_package %{nil}
%global __os_install_post %{nil}
%description
x
%install
cp -a /run/rpm-original/. %{buildroot}
%files
/opt/exec-agent/bin/exec-agent
%config(noreplace) /opt/exec-agent/conf/agent.conf
END
rpmbuild -bb --quiet --define "_topdir /run/rpm" /run/original.spec
rpm -U --nodeps /run/rpm/RPMS/*/*.rpm
use_original
fake_systemd active enabled
quietly rpm -U --nodeps --oldpackage "$(package rpm exec-agent 2.0.0)"
handed_over
equal "whether it runs" "$(cat /run/active) $(cat /run/enabled)" "active enabled"
