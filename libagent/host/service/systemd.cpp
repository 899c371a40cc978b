#include "host/service/systemd.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "agent/error.hpp"
#include "base/read_file.hpp"
#include "host/service/environment_file.hpp"
#include "host/service/systemd_unit.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMaxEnvironmentFile = 64 * 1024;
// A unit has 90 s to start, and 15 s to end before that.
constexpr std::chrono::seconds kStartLimit{120};
constexpr std::string_view kProperties =
    "LoadState,ActiveState,SubState,UnitFileState,MainPID,ExecMainCode,ExecMainStatus,Result,NRestarts,"
    "NeedDaemonReload,ActiveEnterTimestampMonotonic,InactiveEnterTimestampMonotonic";

using Properties = std::map<std::string, std::string, std::less<>>;

Properties parse_properties(std::string_view text) {
  Properties out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) out.emplace(line.substr(0, equals), line.substr(equals + 1));
    begin = end + 1;
  }
  return out;
}

std::string_view text_of(const Properties& properties, std::string_view key) {
  const auto found = properties.find(key);
  return found == properties.end() ? std::string_view() : std::string_view(found->second);
}

long number_of(const Properties& properties, std::string_view key) {
  const std::string_view text = text_of(properties, key);
  long number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

ServiceRun run_of(std::string_view active, std::string_view sub) {
  if (sub == "auto-restart") return ServiceRun::failed;
  if (active == "active" || active == "activating" || active == "reloading" || active == "deactivating") {
    return ServiceRun::running;
  }
  if (active == "inactive") return ServiceRun::stopped;
  return active == "failed" ? ServiceRun::failed : ServiceRun::unknown;
}

// How the last process ended: "exit code 78", "killed by signal 9".
std::string end_of(const Properties& properties) {
  constexpr long kExited = 1;  // CLD_EXITED
  const std::string_view result = text_of(properties, "Result");
  const long status = number_of(properties, "ExecMainStatus");
  if (result == "watchdog") return "its loop hung, and the watchdog ended it";
  if (result == "oom-kill") return "it ran out of memory";
  if (result == "timeout") return "it took too long to start or to end";
  if (number_of(properties, "ExecMainCode") == 0) return std::string(result);
  if (number_of(properties, "ExecMainCode") != kExited) return fmt::format("killed by signal {}", status);
  return status == 78 ? "exit code 78: its configuration is wrong" : fmt::format("exit code {}", status);
}

std::string detail_of(const Properties& properties, ServiceRun run) {
  const std::string_view active = text_of(properties, "ActiveState");
  std::string out;
  if (text_of(properties, "LoadState") == "masked") return "masked: `systemctl unmask` lets it start";
  if (text_of(properties, "SubState") == "auto-restart") {
    out = end_of(properties) + "; it is started again";
  } else if (run == ServiceRun::failed) {
    out = end_of(properties);
  } else if (run == ServiceRun::running && active != "active") {
    out = active;
  }
  if (const long restarts = number_of(properties, "NRestarts"); restarts > 0) {
    out +=
        fmt::format("{}restarted {} {}", out.empty() ? "" : ", ", restarts, restarts == 1 ? "time" : "times");
  }
  if (text_of(properties, "NeedDaemonReload") == "yes") {
    out += fmt::format("{}its files have changed: `systemctl daemon-reload`", out.empty() ? "" : ", ");
  }
  return out;
}

std::string unit_of(std::string_view service) { return std::string(service) + ".service"; }

}  // namespace

std::optional<unsigned> parse_systemd_version(std::string_view text) {
  constexpr std::string_view kName = "systemd ";
  if (!text.starts_with(kName)) return std::nullopt;
  unsigned version = 0;
  const auto [end, failed] = std::from_chars(text.data() + kName.size(), text.data() + text.size(), version);
  if (failed != std::errc()) return std::nullopt;
  return version;
}

ServiceState parse_systemd_state(std::string_view text, std::chrono::system_clock::time_point now,
                                 std::chrono::microseconds monotonic) {
  const Properties properties = parse_properties(text);
  ServiceState state;
  state.run = run_of(text_of(properties, "ActiveState"), text_of(properties, "SubState"));
  state.is_enabled = text_of(properties, "UnitFileState").starts_with("enabled");
  state.pid = number_of(properties, "MainPID");
  const bool is_running = state.run == ServiceRun::running;
  const long since =
      number_of(properties, is_running ? "ActiveEnterTimestampMonotonic" : "InactiveEnterTimestampMonotonic");
  if (since > 0) {
    const auto age = monotonic - std::chrono::microseconds(since);
    state.since = now - std::chrono::duration_cast<std::chrono::system_clock::duration>(age);
  }
  state.detail = detail_of(properties, state.run);
  return state;
}

unsigned SystemdManager::version() const {
  if (!version_) {
    const CommandResult said = machine_.run({"systemctl", "--version"}, std::chrono::seconds(10));
    version_ = parse_systemd_version(said.output).value_or(kOldestSystemd);
  }
  return *version_;
}

std::string SystemdManager::definition_path(std::string_view service) const {
  return "/etc/systemd/system/" + unit_of(service);
}

std::string SystemdManager::definition(const ServiceSpec& spec) const {
  return systemd_unit(spec, version());
}

void SystemdManager::tell(const std::string& verb, const std::string& service) const {
  constexpr int kTold = 128 + 15;  // SIGTERM
  const std::vector<std::string> command{"systemctl", verb, unit_of(service)};
  const CommandResult said = machine_.run(command, kStartLimit);
  if (said.code == kTold && machine_.is_in_command) {
    throw Error(Errc::cancelled,
                "systemd goes on with it");  // the job is systemd's, only its client has ended
  }
  throw_unless_done(command, said);
}

void SystemdManager::enable(const std::string& service) {
  reload_definition(service);
  tell("enable", service);
}

void SystemdManager::reload_definition(const std::string&) {
  run_or_throw(machine_, {"systemctl", "daemon-reload"});
}

void SystemdManager::disable(const std::string& service) { tell("disable", service); }

void SystemdManager::forget(const std::string& service) {
  run_or_throw(machine_, {"systemctl", "daemon-reload"});
  machine_.run({"systemctl", "reset-failed", unit_of(service)}, kStartLimit);  // fails when it is not failed
}

void SystemdManager::start(const std::string& service) { tell("start", service); }
void SystemdManager::stop(const std::string& service) { tell("stop", service); }
void SystemdManager::restart(const std::string& service) { tell("restart", service); }

ServiceState SystemdManager::state(const std::string& service) {
  const CommandResult said = run_or_throw(
      machine_, {"systemctl", "show", "--property=" + std::string(kProperties), unit_of(service)});
  const auto monotonic = std::chrono::steady_clock::now().time_since_epoch();
  return parse_systemd_state(said.output, std::chrono::system_clock::now(),
                             std::chrono::duration_cast<std::chrono::microseconds>(monotonic));
}

std::vector<std::string> SystemdManager::warnings(const std::string& service) {
  std::vector<std::string> out;
  for (const char* directory : {"/etc/default/", "/etc/sysconfig/"}) {
    const std::string path = directory + service;
    try {
      const std::string text = read_file(machine_.at(path), kMaxEnvironmentFile);
      const std::vector<std::string> found = check_environment_file(text, path);
      out.insert(out.end(), found.begin(), found.end());
    } catch (const Error&) {
      continue;  // there is none
    }
  }
  return out;
}

}  // namespace agent::host
