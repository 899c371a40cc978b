# shellcheck shell=sh disable=SC2154  # program, conf and account: set by whoever includes this
# What the scripts of a package do, for deb and rpm alike. It runs with any POSIX shell, asks nothing, and
# changes no service beyond what docs/packaging.md says.
exec </dev/null
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
directory=/etc/$program
sample=/usr/share/$program/$conf
original=/opt/$program  # where the originals' packages and our tarballs have everything

say() { echo "$program: $*"; }

# The account of the service. One that exists stays as it is, wherever it comes from, and also at the end.
make_account() {
  [ "$account" != root ] || return 0
  getent passwd "$account" >/dev/null && return 0
  getent group "$account" >/dev/null && group="--gid $account" || group=--user-group
  # shellcheck disable=SC2086  # two words
  useradd --system $group --home-dir "/var/lib/$program" --no-create-home --shell /usr/sbin/nologin "$account"
}

# The configuration of an original, while its package is still there. Its logs and data stay where they are: what was
# relative to its program, or of a server to its folder, is absolute from now on. The copy says that it goes back with us.
adopt_configuration() {
  [ -f "$original/conf/$conf" ] && [ ! -e "$directory/$conf" ] && [ ! -L "$directory/$conf" ] || return 0
  [ -d "$directory" ] || mkdir -m 0750 "$directory"
  fresh=$directory/.$conf.$$
  if sed -e "s|^\\( *[a-z.]*log\\.dir *= *\\)\\([^/ \$#]\\)|\\1$original/bin/\\2|" \
    -e "s|^\\( *[a-z]*_dir *= *\\)\\([^/ \$#]\\)|\\1$original/\\2|" "$original/conf/$conf" >"$fresh" &&
    cp "$original/conf/$conf" "$directory/$conf.original" && chmod 0640 "$fresh" "$directory/$conf.original" &&
    mv "$fresh" "$directory/$conf"; then
    say "took over the configuration of $original"
    return 0
  fi
  rm -f "$fresh" "$directory/$conf.original"
  say "cannot take over $original/conf/$conf" >&2
  return 1
}

# The configuration of the first installation. Programs write into it, so it belongs to the machine from then on.
make_configuration() {
  [ -d "$directory" ] || mkdir -m 0750 "$directory"
  [ "$account" = root ] || chgrp "$account" "$directory"
  [ ! -e "$directory/$conf" ] && [ ! -L "$directory/$conf" ] || return 0
  fresh=$directory/.$conf.$$
  if cp "$sample" "$fresh" && chmod 0640 "$fresh" && { [ "$account" = root ] || chgrp "$account" "$fresh"; } &&
    mv "$fresh" "$directory/$conf"; then
    return 0
  fi
  rm -f "$fresh"
  say "cannot write $directory/$conf; its sample is $sample" >&2
  return 1
}

# Whether a service was ever installed. In a chroot nobody can say; then it is left alone.
has_service() { "$program" status --json 2>/dev/null | grep -q '"installed":true'; }

# Debian's way to say that packages start nothing, as in images that are being built.
may_restart() { [ ! -x /usr/sbin/policy-rc.d ] || /usr/sbin/policy-rc.d "$program" restart || [ $? -eq 104 ]; }

# The service of a version before: its definition is written anew; what was stopped or disabled stays so.
update_service() {
  is_running=
  "$program" status >/dev/null 2>&1 && is_running=1
  if ! "$program" install --update; then
    say "the service goes on as it was: the version before, until it is started again" >&2
    return 0
  fi
  [ -n "$is_running" ] || return 0
  if may_restart; then
    "$program" restart || say "the service has not started again: $program status" >&2
  else
    say "policy-rc.d forbids it to start the service again"
  fi
}

# The service of an original runs a program that has gone with its package.
is_original_service() {
  definition=$("$program" status --json 2>/dev/null | sed -n 's/.*"definition":"\([^"]*\)".*/\1/p')
  grep -qs "$original/bin/$program" "$definition" && ! grep -q '^# agent-service {' "$definition"
}

# What ran runs again, as ours; what was disabled stays so. A copy of the definition is kept.
adopt_service() {
  before=$("$program" status --json 2>/dev/null) || true
  if ! "$program" install --force --conf "$directory/$conf"; then
    say "the service of $original stays as it is, and its program is gone" >&2
    return 0
  fi
  case $before in
    *'"enabled":false'*) [ ! -d /run/systemd/system ] || systemctl disable "$program.service" ;;
  esac
  case $before in
    *'"state":"running"'*) "$program" restart || say "the service has not started: $program status" >&2 ;;
  esac
}

say_next() {
  set -- "--conf $directory/$conf"
  [ "$account" = root ] || set -- "$1 --user $account"
  case $conf in
    agent.conf) say "to start it: $program install --server ADDRESS $1 --now" ;;
    *) say "to start it, look at $directory/$conf, then: $program install $1 --now" ;;
  esac
}

after_install() {
  make_configuration
  if ! has_service; then
    say_next
  elif is_original_service; then
    adopt_service
  else
    update_service
  fi
}

# Definitions of ours that nobody can be asked to remove, because no service manager runs here (a chroot).
remove_definitions() {
  for definition in "/etc/systemd/system/$program.service" "/etc/init.d/$program" "/etc/init/$program.conf"; do
    [ ! -L "$definition" ] && grep -qs '^# agent-service {' "$definition" || continue
    rm -f "$definition" "/etc/systemd/system/multi-user.target.wants/$program.service" \
      /etc/rc[0-6S].d/[SK][0-9][0-9]"$program"
  done
}

remove_service() {
  if said=$("$program" uninstall 2>&1); then
    [ "$said" = "service is not installed" ] || echo "$said"
    return 0
  fi
  case $said in
    *"has no service manager"*) remove_definitions ;;
    *) echo "$said" >&2 ;;
  esac
}

has_original() { [ -x "$original/bin/$program" ]; }

# What was taken over from an original, with the id and the changes that it has by now. A link in its place is written through.
give_back_configuration() {
  [ -f "$directory/$conf" ] && [ -e "$directory/$conf.original" ] || return 0
  target=$(readlink -f "$original/conf/$conf") && mkdir -p "${target%/*}" || return 0
  fresh=${target%/*}/.$conf.$$
  if cp "$directory/$conf" "$fresh" && chmod 0640 "$fresh" && mv "$fresh" "$target"; then
    rm -f "$directory/$conf" "$directory/$conf.original"
    say "gave the configuration back to $original"
    return 0
  fi
  rm -f "$fresh"
  say "cannot write $target; the configuration stays in $directory" >&2
}

# begin_service <definition> <state of ours>: enabled and running as ours was.
begin_service() {
  case $1 in
    *.service)
      [ -d /run/systemd/system ] || return 0
      begin="systemctl start $program.service" enable="systemctl enable $program.service"
      systemctl daemon-reload || true
      ;;
    /etc/init.d/*)
      begin="$1 start" enable="chkconfig --add $program"
      [ ! -x /usr/sbin/update-rc.d ] || enable="update-rc.d $program defaults"
      ;;
    *) begin="initctl start $program" enable=true ;;
  esac
  case $2 in *'"enabled":true'*) $enable || say "cannot enable its service: $enable" >&2 ;; esac
  case $2 in *'"state":"running"'*) $begin || say "its service has not started: $begin" >&2 ;; esac
}

# give_back_service <state of ours>: the definition of an original whose program is there. Where it came by a package, that
# package brings the program and makes the service itself.
give_back_service() {
  has_original || return 0
  for copy in "/etc/systemd/system/$program.service.bak"* "/etc/init.d/$program.bak"* "/etc/init/$program.conf.bak"*; do
    definition=${copy%.bak*}
    grep -qs "$original/bin/$program" "$copy" && ! grep -q '^# agent-service {' "$copy" || continue
    [ ! -e "$definition" ] && [ ! -L "$definition" ] && mv "$copy" "$definition" || continue
    say "the service of $original is back"
    begin_service "$definition" "$1"
  done
}

before_removal() {
  state=$("$program" status --json 2>/dev/null) || true
  remove_service
  give_back_configuration
  give_back_service "$state"
}

# replaced_by <version>: of a deb that takes our place. The originals alone have an epoch, and everything in /opt.
replaced_by() {
  case $1 in *:*) ;; *) return 0 ;; esac
  has_original || return 0
  before_removal
}

# An rpm has taken our place. Our program is gone then, unless it is a version of ours, which needs nothing.
after_replacement() {
  [ ! -e "/usr/bin/$program" ] && has_original || return 0
  unit=$program.service state=
  if [ -d /run/systemd/system ]; then
    ! systemctl is-enabled --quiet "$unit" || state='"enabled":true'
    ! systemctl is-active --quiet "$unit" || state=$state'"state":"running"'
    systemctl stop "$unit" || true
  fi
  remove_definitions
  give_back_configuration
  give_back_service "$state"
  # Without a definition from before us: its package could make none, because ours was there.
  [ -e "/etc/systemd/system/$unit" ] || "$original/bin/$program" install --conf "$original/conf/$conf" || true
}

# remove_tree <directory>: one that we made. A link in its place was somebody's decision and stays.
remove_tree() { [ -L "$1" ] || rm -rf --one-file-system "$1"; }

after_purge() {
  if [ ! -L "$directory" ]; then
    rm -f "$directory/$conf" "$directory/$conf.original"
    rmdir "$directory" 2>/dev/null || [ ! -d "$directory" ] || say "$directory holds other files and stays"
  fi
  remove_tree "/var/lib/$program"
  remove_tree "/var/log/$program"
  rm -f "/var/log/$program.out" "/var/log/$program.out.1"
  rm -f "/etc/systemd/system/$program.service.bak"* "/etc/init.d/$program.bak"* "/etc/init/$program.conf.bak"*
}
