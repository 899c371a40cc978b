#!/bin/bash
# An agent is upgraded by rpm in a command that it runs itself.
. /tests/systemd.sh
install_both
restarted() { is_another exec-agent "$before"; }

# build <version>: a package whose script restarts the service, as the tools of distributions write it.
build() {
  cat >/run/exec-agent.spec <<EOF
Name: exec-agent
Version: $1
Release: 1
Summary: x
License: x
AutoReqProv: no
%global debug_package %{nil}
%global __os_install_post %{nil}
%description
x
%install
mkdir -p %{buildroot}/usr/local/bin
cp /tests/bin/exec-agent %{buildroot}/usr/local/bin
%files
/usr/local/bin/exec-agent
%post
systemctl restart exec-agent >/dev/null || true
[ "$1" = 1 ] || sleep 20  # longer than a stop may take
%posttrans
echo %{version} >/run/configured
EOF
  rpmbuild -bb --quiet --define "_topdir /run/rpm" --define "_rpmdir /run/rpm-$1" /run/exec-agent.spec
  find "/run/rpm-$1" -name '*.rpm'
}
version() { rpm -q --qf '%{version}' exec-agent; }
is_version() { [ "$(version)" = "$1" ] && [ "$(cat /run/configured)" = "$1" ]; }

first=$(build 1)
second=$(build 2)
rpm -U --nodeps "$first"
is_version 1 || fail "version 1 is not installed"
wait_connected

before=$(show exec-agent MainPID)
answer=$(run_command "rpm -U --nodeps $second")
echo "$answer"
contains "the answer" "$answer" '"code":200'
wait_until "another agent runs" restarted
wait_until "rpm has finished" is_version 2
wait_connected
equal "agents" "$(agents)" 1
equal "what rpm finds changed" "$(rpm -V --nodeps exec-agent)" ""
