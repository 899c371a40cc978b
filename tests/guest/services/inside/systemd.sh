# shellcheck shell=bash
# shellcheck source=tests/guest/services/inside/common.sh
. /tests/common.sh

# show <unit> <property>
show() { systemctl show --property="$2" --value "$1"; }
is_running() { [ "$(show "$1" SubState)" = running ]; }
# is_another <unit> <pid>: a process other than this one runs.
is_another() {
  local pid
  pid=$(show "$1" MainPID)
  [ "$pid" != 0 ] && [ "$pid" != "$2" ] && is_running "$1"
}

# As systemd's time stamps are: µs.
uptime_us() { sed 's/\([0-9]*\)\.\([0-9]*\) .*/\1\20000/' /proc/uptime; }
# Milliseconds between two of them.
between() { echo $((($2 - $1) / 1000)); }

# drop_in <unit> <line>...: settings of the section Service.
drop_in() {
  local directory=/etc/systemd/system/$1.service.d
  shift
  mkdir -p "$directory"
  printf '%s\n' "[Service]" "$@" >"$directory/test.conf"
  systemctl daemon-reload
}
