#!/bin/bash
# A deb comes, is upgraded, installed again, set back, removed and purged as it says, and asks nothing.
. /tests/packages.sh
conf=/etc/exec-agent/agent.conf
first=$(package deb exec-agent 2.0.0)
second=$(package deb exec-agent 2.0.1)
before=$(files)

said=$(quietly dpkg -i "$first")
equal "the last line" "$(tail -n 1 <<<"$said")" \
  "exec-agent: to start it: exec-agent install --server ADDRESS --conf /etc/exec-agent/agent.conf --now"
equal "what was added" "$(added)" "drwxr-x--- root:root /etc/exec-agent
-rw-r----- root:root /etc/exec-agent/agent.conf
-rwxr-xr-x root:root /usr/bin/exec-agent
drwxr-xr-x root:root /usr/share/doc/exec-agent
-rw-r--r-- root:root /usr/share/doc/exec-agent/copyright
drwxr-xr-x root:root /usr/share/exec-agent
-rw-r--r-- root:root /usr/share/exec-agent/agent.conf
-rw-r--r-- root:root /usr/share/exec-agent/manifest.yaml
-rw-r--r-- root:root /usr/share/lintian/overrides/exec-agent
-rw-r--r-- root:root /usr/share/man/man8/exec-agent.8.gz"
cmp "$conf" /usr/share/exec-agent/agent.conf

# What the program and a person write into it is theirs, also its mode.
sed -i 's/^basic.server =.*/basic.server = a.example:1/; s/^basic.id =.*/basic.id = given-1/' "$conf"
chmod 0600 "$conf"
configured=$(sum "$conf")
installed=$(files)
for version in "$second" "$second" "$first"; do
  quietly dpkg -i "$version"
  equal "the configuration after $version" "$(sum "$conf")" "$configured"
  equal "the files after $version" "$(files)" "$installed"
done

quietly dpkg -r exec-agent
equal "what stays after removal" "$(added)" "drwxr-x--- root:root /etc/exec-agent
-rw------- root:root /etc/exec-agent/agent.conf"
quietly dpkg -i "$second"
equal "the configuration after it came back" "$(sum "$conf")" "$configured"

mkdir -p /var/lib/exec-agent/deep /var/log/exec-agent
touch /var/lib/exec-agent/deep/file /var/log/exec-agent/exec-agent.log
quietly dpkg -P exec-agent
equal "what stays after purge" "$(added)" ""
equal "what is missing after purge" "$(missing)" ""
quietly dpkg -P exec-agent
