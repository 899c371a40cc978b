#!/bin/bash
# An rpm comes, is upgraded, installed again, set back and removed as it says, and leaves no rpmnew.
. /tests/packages.sh
conf=/etc/exec-agent/agent.conf
first=$(package rpm exec-agent 2.0.0)
second=$(package rpm exec-agent 2.0.1)
equal "the libraries that it needs" "$(rpm -qpR "$first" | grep '\.so' || true)" ""
rpm --initdb
before=$(files)

# --nodeps: this rpm knows nothing of what dpkg has installed. Its scripts run.
said=$(quietly rpm -U --nodeps "$first")
equal "the last line" "$(tail -n 1 <<<"$said")" \
  "exec-agent: to start it: exec-agent install --server ADDRESS --conf /etc/exec-agent/agent.conf --now"
equal "what was added" "$(added)" "drwxr-x--- root:root /etc/exec-agent
-rw-r----- root:root /etc/exec-agent/agent.conf
-rwxr-xr-x root:root /usr/bin/exec-agent
drwxr-xr-x root:root /usr/share/doc/exec-agent
-rw-r--r-- root:root /usr/share/doc/exec-agent/LICENSE
drwxr-xr-x root:root /usr/share/exec-agent
-rw-r--r-- root:root /usr/share/exec-agent/agent.conf
-rw-r--r-- root:root /usr/share/exec-agent/manifest.yaml
-rw-r--r-- root:root /usr/share/man/man8/exec-agent.8.gz"

sed -i 's/^basic.server =.*/basic.server = a.example:1/; s/^basic.id =.*/basic.id = given-1/' "$conf"
configured=$(sum "$conf")
installed=$(files)
quietly rpm -U --nodeps "$second"
equal "the files after the upgrade" "$(files)" "$installed"
quietly rpm -U --nodeps --replacepkgs "$second"
quietly rpm -U --nodeps --oldpackage "$first"
equal "the files in the end" "$(files)" "$installed"
equal "the configuration" "$(sum "$conf")" "$configured"
equal "what rpm finds changed" "$(rpm -V --nodeps exec-agent)" ""

quietly rpm -e exec-agent
equal "what stays after removal" "$(added)" "drwxr-x--- root:root /etc/exec-agent
-rw-r----- root:root /etc/exec-agent/agent.conf"
equal "what is missing after removal" "$(missing)" ""
