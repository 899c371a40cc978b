#!/bin/bash
# The server has an account of its own, which is made once, may exist before, and stays.
. /tests/packages.sh
conf=/etc/agent-server/server.conf
deb=$(package deb agent-server 2.0.0)
account() { getent passwd agent-server; }

said=$(quietly dpkg -i "$deb")
equal "the last line" "$(tail -n 1 <<<"$said")" "agent-server: to start it, look at /etc/agent-server/server.conf, then: \
agent-server install --conf /etc/agent-server/server.conf --user agent-server --now"
equal "owner and mode" "$(stat -c '%A %U:%G' "$conf" /etc/agent-server)" "-rw-r----- root:agent-server
drwxr-x--- root:agent-server"
made=$(account)
contains "the account" "$made" ":/var/lib/agent-server:/usr/sbin/nologin"
[ "$(id -u agent-server)" -lt 1000 ] || fail "the account is not one of the system"
quietly dpkg -i "$deb"
quietly dpkg -P agent-server
equal "the account after purge" "$(account)" "$made"

# Somebody else's account of that name: another group, another shell.
userdel agent-server
groupadd --system others
useradd --system --gid others --shell /bin/sh --home-dir /srv agent-server
made=$(account)
groupadd --system agent-server
quietly dpkg -i "$deb"
equal "the account that was there" "$(account)" "$made"
quietly dpkg -P agent-server

# The group alone was there.
userdel agent-server
quietly dpkg -i "$deb"
equal "the group of the account" "$(id -gn agent-server)" agent-server
quietly dpkg -P agent-server

userdel agent-server
rpm --initdb
quietly rpm -U --nodeps "$(package rpm agent-server 2.0.0)"
equal "owner and mode of the rpm" "$(stat -c '%A %U:%G' "$conf" /etc/agent-server)" "-rw-r----- root:agent-server
drwxr-x--- root:agent-server"
quietly rpm -e agent-server
account >/dev/null || fail "the account is gone"
