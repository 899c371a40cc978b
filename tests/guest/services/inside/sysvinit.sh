# shellcheck shell=bash
# shellcheck source=tests/guest/services/inside/common.sh
. /tests/common.sh

# call <program> <verb>: its script, as init calls it, with nothing in the environment. Prints the exit code.
call() { code_of env -i PATH=/sbin:/bin:/usr/sbin:/usr/bin TERM=dumb "/etc/init.d/$1" "$2"; }

# The agent itself; its supervisor is another process of that name.
agent_pid() { state exec-agent connection.pid; }
processes() { pgrep -xc "$1" || true; }
