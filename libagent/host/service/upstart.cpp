#include "host/service/upstart.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "agent/error.hpp"
#include "host/proc_text.hpp"
#include "host/service/run_status.hpp"

namespace agent::host {
namespace {

using std::chrono::seconds;

constexpr std::chrono::milliseconds kLook{100};
constexpr seconds kStays{5};

// init(5), "Override File Handling": since 1.3 a job with `manual` waits until somebody starts it.
bool is_manual(const ServiceMachine& machine, const std::string& service) {
  std::string text = read_text(machine.at("/etc/init/" + service + ".override"));
  for (std::string_view rest = text; !rest.empty();) {
    if (first_line(rest) == "manual") return true;
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  }
  return false;
}

}  // namespace

ServiceState parse_upstart_state(std::string_view text) {
  ServiceState state;
  const std::string_view line = first_line(text);
  const std::size_t slash = line.find('/');
  const std::size_t blank = line.rfind(' ', slash);
  if (slash == std::string_view::npos || blank == std::string_view::npos) {
    state.detail = line;
    return state;
  }
  const std::string_view goal = line.substr(blank + 1, slash - blank - 1);
  const std::string_view words = line.substr(blank + 1, line.find(',') - blank - 1);
  const bool waits = words == "stop/waiting";
  if (goal != "start" && goal != "stop") {
    state.detail = line;
    return state;
  }
  state.run = waits ? ServiceRun::stopped : ServiceRun::running;
  if (words != "start/running" && !waits) state.detail = words;
  constexpr std::string_view kProcess = ", process ";
  if (const std::size_t at = line.find(kProcess); at != std::string_view::npos)
    state.pid = static_cast<long>(leading_number(line.substr(at + kProcess.size())));
  return state;
}

std::string UpstartManager::definition_path(std::string_view service) const {
  return "/etc/init/" + std::string(service) + ".conf";
}

std::string UpstartManager::definition(const ServiceSpec& spec) const {
  const CommandResult said = machine_.run({"initctl", "version"}, seconds(10));
  return upstart_job(spec, parse_upstart_version(said.output).value_or(UpstartVersion{}));
}

void UpstartManager::enable(const std::string& service) { reload_definition(service); }
void UpstartManager::reload_definition(const std::string&) {
  run_or_throw(machine_, {"initctl", "reload-configuration"});
}
void UpstartManager::forget(const std::string& service) { enable(service); }

void UpstartManager::start(const std::string& service) {
  if (state(service).run == ServiceRun::running) return;
  run_or_throw(machine_, {"initctl", "start", service});
  wait_until_it_stays(service);
}

// To init(8) a job runs once it has executed its program. Ours says so itself; one that cannot, because it
// may not write its run directory, has at least lived so long.
void UpstartManager::wait_until_it_stays(const std::string& service) {
  const long first = state(service).pid;
  for (std::chrono::milliseconds waited{0}; waited < kStays; waited += kLook) {
    const ServiceState now = state(service);
    const bool is_first = now.run == ServiceRun::running && now.detail.empty() && now.pid == first;
    if (!is_first) throw Error(Errc::io, service + " ended at once; its log says why");
    const std::optional<RunStatus> told = read_run_status_in(machine_.at("/run/" + service));
    if (told && told->is_running && told->pid == now.pid) return;
    machine_.pause(kLook);
  }
}

void UpstartManager::stop(const std::string& service) {
  if (state(service).run == ServiceRun::running) run_or_throw(machine_, {"initctl", "stop", service});
}

void UpstartManager::restart(const std::string& service) {
  stop(service);
  start(service);
}

ServiceState UpstartManager::state(const std::string& service) {
  const CommandResult said = machine_.run({"initctl", "status", service}, seconds(10));
  ServiceState state = parse_upstart_state(said.output);
  state.is_enabled = !is_manual(machine_, service);
  return state;
}

}  // namespace agent::host
