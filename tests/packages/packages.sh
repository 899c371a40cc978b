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
  is-enabled) [ "$(cat /run/enabled)" = enabled ]; exit ;;
  is-active) [ "$(cat /run/active)" = active ]; exit ;;
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

# wait_until <what> <command>...: runs the command until it succeeds.
wait_until() {
  local what=$1 end=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "it did not happen that $what"
    sleep 0.05
  done
}

# ---- the package of an original, rebuilt: what it has and does, with our program in place of its own

readonly UNIT=/etc/systemd/system/exec-agent.service
readonly ORIGINAL=/opt/exec-agent

# original_files <tree>
original_files() {
  mkdir -p "$1$ORIGINAL/bin" "$1$ORIGINAL/conf"
  dpkg-deb --fsys-tarfile "$(package deb exec-agent 2.0.0)" | tar -xO ./usr/bin/exec-agent >"$1$ORIGINAL/bin/agent"
  cat >"$1$ORIGINAL/bin/exec-agent" <<END
#!/bin/sh
case \$1 in
  install)
    [ ! -e $UNIT ] || { echo "Init already exists: $UNIT" >&2; exit 1; }
    printf '[Unit]\nConditionFileIsExecutable=%s\n[Service]\nExecStart=%s "--conf" "%s"\n[Install]\nWantedBy=multi-user.target\n' \
      $ORIGINAL/bin/exec-agent $ORIGINAL/bin/exec-agent $ORIGINAL/conf/agent.conf >$UNIT
    systemctl enable exec-agent.service ;;
  uninstall) systemctl stop exec-agent.service; systemctl disable exec-agent.service; rm -f $UNIT ;;
  *) exec $ORIGINAL/bin/agent "\$@" ;;
esac
END
  chmod 755 "$1$ORIGINAL/bin/"*
  printf 'basic.id=\nbasic.server=127.0.0.1:13081\nbasic.log.target=file\nbasic.log.dir=logs\n' >"$1$ORIGINAL/conf/agent.conf"
}
after_original="$ORIGINAL/bin/exec-agent install --conf $ORIGINAL/conf/agent.conf || true"
before_original="case \$1 in 1 | install | 2 | upgrade | configure) ;; *) $ORIGINAL/bin/exec-agent uninstall ;; esac"

make_original_deb() {
  original_files /run/original
  mkdir -p /run/original/DEBIAN
  printf '%s\n' "Package: exec-agent" "Version: 120:1.2.0" "Architecture: amd64" "Maintainer: x" "Description: x" \
    >/run/original/DEBIAN/control
  echo $ORIGINAL/conf/agent.conf >/run/original/DEBIAN/conffiles
  printf '#!/bin/sh\n%s\n' "$after_original" >/run/original/DEBIAN/postinst
  printf '#!/bin/sh\n%s\n' "$before_original" >/run/original/DEBIAN/prerm
  chmod 755 /run/original/DEBIAN/p*
  dpkg-deb -Znone -b /run/original /run/original.deb >/dev/null
}

make_original_rpm() {
  original_files /run/rpm-original
  cat >/run/original.spec <<END
Name: exec-agent
Version: 1.2.0
Epoch: 120
Release: 1
Summary: x
License: x
AutoReqProv: no
%global debug_package %{nil}
%global __os_install_post %{nil}
%description
x
%install
cp -a /run/rpm-original/. %{buildroot}
%post
$after_original
%preun
$before_original
%files
$ORIGINAL/bin/*
%config(noreplace) $ORIGINAL/conf/agent.conf
END
  rpmbuild -bb --quiet --define "_topdir /run/rpm" --define "_binary_payload w0.ufdio" /run/original.spec
  mv /run/rpm/RPMS/*/*.rpm /run/original.rpm
}

# install_original <deb or rpm>, install_ours <deb or rpm>, remove_ours <deb or rpm>
install_original() {
  if [ "$1" = deb ]; then quietly dpkg -i /run/original.deb; else quietly rpm -U --nodeps /run/original.rpm; fi
}
install_ours() {
  if [ "$1" = deb ]; then
    quietly dpkg -i "$(package deb exec-agent 2.0.0)"
  else
    quietly rpm -U --nodeps --oldpackage --replacepkgs "$(package rpm exec-agent 2.0.0)"
  fi
}
remove_ours() {
  if [ "$1" = deb ]; then quietly dpkg -r exec-agent; else quietly rpm -e exec-agent; fi
}
