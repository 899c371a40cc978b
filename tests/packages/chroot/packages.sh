# shellcheck shell=bash
# What the tests of packages have in common. Each begins with `. /tests/packages.sh`.
set -euo pipefail
trap 'echo "$0: line $LINENO: exit code $?: $BASH_COMMAND" >&2' ERR

mkdir -p /usr/share/doc /usr/share/man/man1 /usr/share/man/man8  # the tree has neither

fail() {
  echo "failed: $*" >&2
  exit 1
}

# equal <what> <is> <should be>
equal() { [ "$2" = "$3" ] || fail "$1 is '$2', should be '$3'"; }

# contains <what> <text> <part>
contains() { [[ $2 == *"$3"* ]] || fail "$1 lacks '$3': $2"; }

# package <deb or rpm> <program> <version>
package() { echo "/tests/packages/$2_$3_linux_"*".$1"; }

# Every file of the machine with its mode and its owner, but those of the package managers themselves.
files() {
  find /etc /usr /var /opt /run -xdev \( -path /var/lib/dpkg -o -path /var/lib/rpm -o -path /var/cache -o -name '.rpm.lock' \
    -o -path /var/log/dpkg.log -o -path /var/log/alternatives.log -o -path /var/lib/systemd \) -prune -o \
    -printf '%M %u:%g %p\n' | sort -k 3
}

# What has been added since $before, and what is missing.
added() { comm -13 <(printf '%s\n' "$before" | sort) <(files | sort) | sort -k 3; }
missing() { comm -23 <(printf '%s\n' "$before" | sort) <(files | sort) | sort -k 3; }

# quietly <command>...: it must work under any umask, and with nobody to ask; prints what it has said.
quietly() { (umask 077 && "$@" <&- 2>&1) || fail "$*"; }

sum() { sha256sum <"$1"; }

# A systemctl that remembers what it was told in $TOLD, with one service, which is `active` and `enabled` or not.
readonly TOLD=/run/told
fake_systemd() {
  mkdir -p /run/systemd/system
  rm -f /usr/bin/systemctl
  cat >/usr/bin/systemctl <<'END'
#!/bin/sh
case $1 in
  --version) echo "systemd 252 (252)"; exit ;;
  show)
    printf 'LoadState=loaded\nActiveState=%s\nSubState=%s\nUnitFileState=%s\nMainPID=0\n' "$(cat /run/active)" \
      "$([ "$(cat /run/active)" = active ] && echo running || echo dead)" "$(cat /run/enabled)"
    exit ;;
  enable) echo enabled >/run/enabled ;;
  disable) echo disabled >/run/enabled ;;
  start | restart) echo active >/run/active ;;
  stop) echo inactive >/run/active ;;
esac
echo "$*" >>/run/told
END
  chmod 755 /usr/bin/systemctl
  echo "${1:-inactive}" >/run/active
  echo "${2:-disabled}" >/run/enabled
  : >"$TOLD"
}
