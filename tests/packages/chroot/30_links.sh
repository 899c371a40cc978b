#!/bin/bash
# Links that somebody has put in place of our directories are used, and never removed or followed.
. /tests/packages.sh
mkdir -p /srv/etc /srv/data /srv/logs
touch /srv/etc/theirs /srv/data/theirs /srv/logs/theirs
ln -s /srv/etc /etc/exec-agent
ln -s /srv/data /var/lib/exec-agent
ln -s /srv/logs /var/log/exec-agent
before=$(files)

quietly dpkg -i "$(package deb exec-agent 2.0.0)"
[ -L /etc/exec-agent ] || fail "the link is gone"
cmp /srv/etc/agent.conf /usr/share/exec-agent/agent.conf
quietly dpkg -i "$(package deb exec-agent 2.0.1)"
quietly dpkg -P exec-agent
equal "what was added" "$(added)" ""
equal "what is missing" "$(missing)" ""
equal "their files" "$(find /srv -type f | sort | xargs)" "/srv/data/theirs /srv/etc/agent.conf /srv/etc/theirs /srv/logs/theirs"

rpm --initdb
quietly rpm -U --nodeps "$(package rpm exec-agent 2.0.0)"
quietly rpm -U --nodeps "$(package rpm exec-agent 2.0.1)"
[ -L /etc/exec-agent ] || fail "rpm has replaced the link"
quietly rpm -e exec-agent
[ -e /srv/etc/theirs ] || fail "rpm has removed their file"

# A link below our own data leads to what is theirs.
rm -f /etc/exec-agent /var/lib/exec-agent /var/log/exec-agent
quietly dpkg -i "$(package deb exec-agent 2.0.0)"
mkdir /var/lib/exec-agent
ln -s /srv/data /var/lib/exec-agent/link
touch /etc/exec-agent/token
said=$(quietly dpkg -P exec-agent)
[ ! -e /var/lib/exec-agent ] || fail "the data stays"
[ -e /srv/data/theirs ] || fail "purge has followed a link"
[ -e /etc/exec-agent/token ] || fail "purge has removed what we have not made"
contains "what purge says" "$said" "/etc/exec-agent holds other files and stays"
