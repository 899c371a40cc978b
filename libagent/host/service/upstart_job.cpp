#include "host/service/upstart_job.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"
#include "host/proc_text.hpp"
#include "host/service/state_directory.hpp"
#include "host/service/systemv_script.hpp"

namespace agent::host {
namespace {

// init(5): within quotes a backslash takes the meaning of the character behind it.
std::string quoted_word(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string user_stanza(const ServiceSpec& spec, UpstartVersion version) {
  if (spec.user.empty() || spec.user == "root") return "";
  if (version < UpstartVersion{1, 4}) {
    throw Error(Errc::bad_config, fmt::format("upstart {}.{} cannot run a job as another user ({}): use "
                                              "--manager systemv",
                                              version.major, version.minor, spec.user));
  }
  return "setuid " + quoted_word(spec.user) + "\n";
}

std::string limit_stanza(const ServiceSpec& spec) {
  return spec.open_files == 0 ? "" : fmt::format("limit nofile {0} {0}\n", spec.open_files);
}

std::string command_line(const ServiceSpec& spec) {
  std::string line = shell_word(spec.program, "program");
  for (const std::string& argument : spec.arguments) line += " " + shell_word(argument, "argument");
  return line;
}

}  // namespace

std::optional<UpstartVersion> parse_upstart_version(std::string_view text) {
  constexpr std::string_view kWord = "upstart ";
  const std::size_t at = text.find(kWord);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = text.substr(at + kWord.size());
  const std::size_t dot = numbers.find('.');
  if (dot == 0 || dot == std::string_view::npos) return std::nullopt;
  return UpstartVersion{static_cast<unsigned>(leading_number(numbers)),
                        static_cast<unsigned>(leading_number(numbers.substr(dot + 1)))};
}

std::string upstart_job(const ServiceSpec& spec, UpstartVersion version) {
  return fmt::format(
      R"(description {description}

start on runlevel [2345]
stop on runlevel [!2345]

# Whenever it ends, a second later, without a limit of its own: unless its configuration is wrong.
respawn
respawn limit unlimited
normal exit 78
post-stop exec sleep 1

# It says goodbye to its server and ends what it runs.
kill timeout 20
{limit}{user}env PATH={path}
env STATE_DIRECTORY={state}

# No `expect`: it stays in the foreground, and exec keeps the shell's process id.
script
  for settings in {defaults} {sysconfig}; do
    if [ -r "$settings" ]; then
      set -a
      . "$settings"
      set +a
    fi
  done
  cd /
  umask 022
  exec {command}
end script
)",
      fmt::arg("description", quoted_word(spec.description)), fmt::arg("limit", limit_stanza(spec)),
      fmt::arg("user", user_stanza(spec, version)), fmt::arg("path", kServicePath),
      fmt::arg("state", service_state_directory(spec.name)),
      fmt::arg("defaults", "/etc/default/" + spec.name), fmt::arg("sysconfig", "/etc/sysconfig/" + spec.name),
      fmt::arg("command", command_line(spec)));
}

}  // namespace agent::host
