#include "host/service/systemv_script.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"
#include "host/service/state_directory.hpp"

namespace agent::host {
namespace {

std::string head(const ServiceSpec& spec, const SystemvPlaces& places) {
  // No facility of the network is required: where it comes late, or has another name, we wait for it.
  return fmt::format(R"sh(#!{2}
### BEGIN INIT INFO
# Provides:          {0}
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Should-Start:      $network $named $syslog $time
# Should-Stop:       $network $named $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: {1}
# Description:       {1}
### END INIT INFO
#
# chkconfig: 2345 90 10
# description: {1}
)sh",
                     spec.name, spec.description, places.shell);
}

// Whoever calls the script by hand has another environment than the machine when it boots.
std::string clean_environment(const SystemvPlaces& places) {
  return fmt::format(R"sh(
if [ "${{AGENT_SERVICE_SCRIPT-}}" != "$$" ]; then
  # A clean environment, as at boot: env and sh keep the process id.
  exec env -i AGENT_SERVICE_SCRIPT="$$" PATH={1} {0} "$0" "$@"
fi
unset AGENT_SERVICE_SCRIPT
)sh",
                     places.shell, kServicePath);
}

// Where a service of another user keeps its state, which install makes, and where it says how it is. Root's
// finds both by itself.
std::string directories(const ServiceSpec& spec, const SystemvPlaces& places) {
  if (spec.user.empty()) return "";
  const std::string user = shell_word(spec.user, "user");
  const std::string status = shell_word(places.status + "/" + spec.name, "path");
  return fmt::format(R"sh(
    export STATE_DIRECTORY={0} RUNTIME_DIRECTORY={1}
    mkdir -p {1} && chown {2} {1} || echo '{3}: status will know no connection' >&2)sh",
                     service_state_directory(spec.name), status, user, spec.name);
}

// In the functions, and not in variables: the files below may set any.
std::string functions(const ServiceSpec& spec, const SystemvPlaces& places) {
  std::string command = shell_word(spec.program, "program");
  for (const std::string& argument : spec.arguments) command += " " + shell_word(argument, "argument");
  const std::string pid_file = shell_word(places.pid_file(spec.name), "pid file");
  std::string start = "--output " + shell_word(places.log + "/" + spec.name + ".out", "output");
  if (!spec.user.empty()) start += " --user " + shell_word(spec.user, "user");
  const std::string limit = spec.open_files == 0 ? ""
                                                 : fmt::format(R"sh(
    ulimit -n {0} 2>/dev/null || echo '{1}: cannot raise the limit of open files to {0}' >&2)sh",
                                                               spec.open_files, spec.name);
  return fmt::format(
      R"sh(
# The daemon is found by the lock on its pid file, also when that file was removed.
daemon() {{
  {command} --daemon --pid-file {pid_file} "$@"
}}

is_running() {{
  daemon --status >/dev/null 2>&1
}}

# What an administrator sets for it. Lines of a shell: each variable becomes one of the program.
read_settings() {{
  for settings in {defaults} {sysconfig}; do
    [ -r "$settings" ] || continue
    {shell} -n "$settings" || return 6
    set -a
    . "$settings" || :
    set +a
  done
}}

# In a shell of its own, which the settings may spoil.
run_daemon() {{
  ({directories}
    read_settings || exit 6{limit}
    daemon {start} "$@"
  )
}}
)sh",
      fmt::arg("shell", places.shell), fmt::arg("command", command), fmt::arg("pid_file", pid_file),
      fmt::arg("defaults", shell_word(places.defaults + "/" + spec.name, "path")),
      fmt::arg("sysconfig", shell_word(places.sysconfig + "/" + spec.name, "path")), fmt::arg("limit", limit),
      fmt::arg("directories", directories(spec, places)), fmt::arg("start", start));
}

std::string verbs(const ServiceSpec& spec, const SystemvPlaces& places) {
  return fmt::format(R"sh(
# LSB: 0 done, 1 failed, 2 wrong argument, 4 not root, 5 no program, 6 wrong configuration, 7 not running,
# or ended at once;
# status: 0 runs, 1 died, 3 does not run, 4 unknown.
need_root() {{
  [ "$(id -u)" = 0 ] && return
  echo "{name}: only root may do that: sudo $0 $1" >&2
  exit 4
}}

need_program() {{
  [ -x {program} ] && return
  printf '%s\n' {missing} >&2
  exit "$1"
}}

lsb_code() {{
  case $1 in
    78) exit 6 ;;
    *) exit "$1" ;;
  esac
}}

# Red Hat's shutdown stops what has a file here.
note_running() {{
  [ ! -d {subsys} ] || : > {subsys_file}
}}

start() {{
  if is_running; then
    echo '{name} is already running'
    note_running
    exit 0
  fi
  run_daemon
  code=$?
  # Somebody else was faster.
  if [ "$code" = 1 ] && is_running; then code=0; fi
  # 7: it ended at once, and is started again and again.
  case $code in 0|7) note_running ;; esac
  lsb_code "$code"
}}

# The new one ends the old one and takes its place, in a session of its own: whoever calls may end with it.
restart() {{
  run_daemon --replace
  code=$?
  case $code in 0|7) note_running ;; esac
  lsb_code "$code"
}}

stop() {{
  daemon --stop || exit "$?"
  rm -f {subsys_file}
  rmdir {status} 2>/dev/null || :
}}

case "${{1-}}" in
  start)
    need_root start; need_program 5; start ;;
  stop)
    need_root stop; need_program 5; stop ;;
  restart)
    need_root restart; need_program 5; restart ;;
  try-restart|condrestart|force-reload)
    need_root "$1"; need_program 5
    is_running || exit 0
    restart ;;
  reload)
    need_root reload; need_program 5; daemon --reload; exit "$?" ;;
  status)
    need_program 4; daemon --status; exit "$?" ;;
  *)
    echo "usage: $0 {{start|stop|restart|try-restart|reload|force-reload|status}}" >&2
    exit 2 ;;
esac
)sh",
                     fmt::arg("name", spec.name), fmt::arg("program", shell_word(spec.program, "program")),
                     fmt::arg("subsys", shell_word(places.subsys, "path")),
                     fmt::arg("status", shell_word(places.status + "/" + spec.name, "path")),
                     fmt::arg("subsys_file", shell_word(places.subsys + "/" + spec.name, "path")),
                     fmt::arg("missing", shell_word(spec.name + ": no program " + spec.program, "program")));
}

}  // namespace

std::string SystemvPlaces::pid_file(std::string_view service) const {
  return fmt::format("{}/{}.pid", run, service);
}

std::string shell_word(std::string_view text, std::string_view what) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\n' || c == '\0') {
      throw Error(Errc::bad_config, fmt::format("{} '{}': {} cannot stand in a script", what,
                                                text.substr(0, text.find(c)), name_of_character(c)));
    }
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string systemv_script(const ServiceSpec& spec, const SystemvPlaces& places) {
  for (const std::string& argument : spec.arguments) shell_word(argument, "argument");
  shell_word(spec.program, "program");
  return head(spec, places) + clean_environment(places) + functions(spec, places) + verbs(spec, places);
}

}  // namespace agent::host
