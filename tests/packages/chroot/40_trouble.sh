#!/bin/bash
# A package comes over wrong, unreadable and foreign configurations, and says what does not work.
. /tests/packages.sh
conf=/etc/exec-agent/agent.conf
deb=$(package deb exec-agent 2.0.0)

mkdir /etc/exec-agent
printf 'basic.server = \xff\nthis is no setting\n' >"$conf"
before=$(sum "$conf")
quietly dpkg -i "$deb"
equal "a wrong configuration" "$(sum "$conf")" "$before"
quietly dpkg -P exec-agent

# Somebody has put the configuration there first.
mkdir -p /etc/exec-agent
echo "basic.server = a.example:1" >"$conf"
chmod 0600 "$conf"
quietly dpkg -i "$deb"
equal "a configuration that was there" "$(cat "$conf")" "basic.server = a.example:1"
quietly dpkg -P exec-agent

# A link that leads nowhere yet is theirs, too.
mkdir -p /etc/exec-agent
ln -s /srv/agent.conf "$conf"
quietly dpkg -i "$deb"
[ ! -e /srv/agent.conf ] || fail "a link was followed"
quietly dpkg -P exec-agent

# No space: it says so, leaves nothing half, and works when there is some.
mkdir -p /etc/exec-agent
mount -t tmpfs -o size=4k tmpfs /etc/exec-agent
head -c 4096 /dev/zero >/etc/exec-agent/full
said=$(! dpkg -i "$deb" 2>&1 </dev/null)
contains "what it says" "$said" "cannot write /etc/exec-agent/agent.conf; its sample is /usr/share/exec-agent/agent.conf"
equal "what is there" "$(ls -A /etc/exec-agent)" full
umount /etc/exec-agent
quietly dpkg --configure exec-agent
cmp "$conf" /usr/share/exec-agent/agent.conf
quietly dpkg -P exec-agent

# The configuration of an original that cannot be read, as on a disk with errors: nothing is installed, and nothing is lost.
mkdir -p /opt/exec-agent/conf
theirs=/opt/exec-agent/conf/agent.conf
echo "basic.server = a.example:1" >"$theirs"
chmod 0 "$theirs"
said=$(! setpriv --bounding-set=-dac_override,-dac_read_search dpkg -i "$deb" 2>&1 </dev/null)
contains "what it says" "$said" "cannot take over $theirs"
[ -z "$(ls -A /etc/exec-agent 2>/dev/null)" ] && [ ! -e /usr/bin/exec-agent ] || fail "something was installed"
chmod 0600 "$theirs"
quietly dpkg -i "$deb"
equal "its configuration" "$(cat "$conf")" "basic.server = a.example:1"
quietly dpkg -P exec-agent
rm -r /opt/exec-agent

# Another machine's.
dpkg-deb -R "$deb" /run/other
sed -i 's/^Architecture: .*/Architecture: s390x/' /run/other/DEBIAN/control
dpkg-deb -b /run/other /run/other.deb >/dev/null
said=$(! dpkg -i /run/other.deb 2>&1 </dev/null)
contains "what it says" "$said" "does not match system"
[ ! -e /usr/bin/exec-agent ] || fail "it was installed"
