# shellcheck shell=bash
# shellcheck source=tests/guest/services/inside/common.sh
. /tests/common.sh

# call <program> <verb>: its script, as init calls it, with nothing in the environment. Prints the exit code.
call() { code_of env -i PATH=/sbin:/bin:/usr/sbin:/usr/bin TERM=dumb "/etc/init.d/$1" "$2"; }

# A program and its supervisor have one name.
processes() { pgrep -xc "$1" || true; }
