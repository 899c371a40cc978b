# shellcheck shell=bash
# What the tests of portable programs have in common. Each begins with `. /tests/portable.sh`.
. /tests/packages.sh

unpack() { for file in /tests/packages/*_portable.tar.gz; do tar -C "$1" -xzf "$file"; done; }

# serve <settings>...: a server of the portable programs on this machine, until the test ends.
serve() {
  printf '%s\n' 'data_dir = /run/data' 'log.target = stdout' 'log.level = debug' "$@" >/run/server.conf
  /opt/agent-server/bin/agent-server run --conf /run/server.conf >/run/server.log 2>&1 &
}

agents() { /opt/agentctl/bin/agentctl --url http://127.0.0.1:13081 agents -o name; }
has_agent() { agents | grep -qx "$1"; }

unpack /
ln -sf /opt/*/bin/* /usr/bin/
