#include "host/service/systemv.hpp"

#include <array>
#include <chrono>
#include <filesystem>

#include "agent/error.hpp"
#include "host/proc_text.hpp"

namespace agent::host {
namespace {

using std::chrono::seconds;
using Command = std::vector<std::string>;

constexpr int kNoSuchCommand = 127;
constexpr std::string_view kRunning = " is running as process ";  // as the program says it

// One way to make the links, and to remove them.
struct LinkMaker {
  std::vector<Command> enable;
  Command disable;
};

// Debian's comes first: a machine that has it may have the others installed beside it. chkconfig adds links
// that stop the service, and `on` those that start it.
std::array<LinkMaker, 3> link_makers(const std::string& service) {
  return {LinkMaker{{{"update-rc.d", service, "defaults"}}, {"update-rc.d", "-f", service, "remove"}},
          LinkMaker{{{"chkconfig", "--add", service}, {"chkconfig", service, "on"}},
                    {"chkconfig", "--del", service}},
          LinkMaker{{{"insserv", service}}, {"insserv", "-r", service}}};
}

// False: the machine has no such command.
bool run_if_there(const ServiceMachine& machine, const Command& command) {
  bool is_there = true;
  ServiceMachine once = machine;
  once.run = [&](const Command& words, seconds limit) {
    CommandResult result = machine.run(words, limit);
    is_there = result.code != kNoSuchCommand;
    return is_there ? result : CommandResult{};
  };
  run_or_throw(once, command);
  return is_there;
}

bool is_directory(const ServiceMachine& machine, std::string_view path) {
  std::error_code failed;
  return std::filesystem::is_directory(machine.at(path), failed);
}

// S20x: of any runlevel with users.
bool has_start_link(const ServiceMachine& machine, const std::string& service) {
  for (const std::string_view parent : {"/etc/", "/etc/rc.d/"}) {
    for (const char level : {'2', '3', '4', '5'}) {
      std::error_code failed;
      const std::string directory = machine.at(std::string(parent) + "rc" + level + ".d");
      for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
        const std::string name = entry.path().filename().string();
        if (name.size() > 3 && name.starts_with('S') && name.substr(3) == service) return true;
      }
    }
  }
  return false;
}

std::chrono::system_clock::time_point written_at(const std::string& path) {
  std::error_code failed;
  const auto time = std::filesystem::last_write_time(path, failed);
  if (failed) return {};
  return std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::file_clock::to_sys(time));
}

}  // namespace

ServiceState parse_systemv_state(const CommandResult& status, bool is_enabled) {
  ServiceState state;
  state.is_enabled = is_enabled;
  state.run = status.code == 0   ? ServiceRun::running
              : status.code == 1 ? ServiceRun::failed
              : status.code == 3 ? ServiceRun::stopped
                                 : ServiceRun::unknown;
  if (status.code != 0 && status.code != 3) state.detail = first_line(status.output);
  const std::size_t at = status.output.find(kRunning);
  if (at != std::string::npos)
    state.pid =
        static_cast<long>(leading_number(std::string_view(status.output).substr(at + kRunning.size())));
  return state;
}

std::string SystemvManager::definition_path(std::string_view service) const {
  const bool is_classic =
      is_directory(machine_, "/etc/init.d") || !is_directory(machine_, "/etc/rc.d/init.d");
  return (is_classic ? "/etc/init.d/" : "/etc/rc.d/init.d/") + std::string(service);
}

std::string SystemvManager::definition(const ServiceSpec& spec) const { return systemv_script(spec); }

void SystemvManager::enable(const std::string& service) {
  for (const LinkMaker& maker : link_makers(service)) {
    if (!run_if_there(machine_, maker.enable.front())) continue;
    for (std::size_t i = 1; i < maker.enable.size(); ++i) run_or_throw(machine_, maker.enable[i]);
    return;
  }
  throw Error(Errc::io, "there is neither update-rc.d nor chkconfig nor insserv: make links to " +
                            definition_path(service) + " in the directories of the runlevels");
}

// Nothing: init runs the script as it is, and its links stay.
void SystemvManager::reload_definition(const std::string&) {}

void SystemvManager::disable(const std::string& service) {
  for (const LinkMaker& maker : link_makers(service))
    if (run_if_there(machine_, maker.disable)) return;
}

void SystemvManager::run_script(const std::string& service, const std::string& verb) const {
  run_or_throw(machine_, {machine_.at(definition_path(service)), verb});
}

void SystemvManager::start(const std::string& service) { run_script(service, "start"); }
void SystemvManager::stop(const std::string& service) { run_script(service, "stop"); }
void SystemvManager::restart(const std::string& service) { run_script(service, "restart"); }

ServiceState SystemvManager::state(const std::string& service) {
  const CommandResult status = machine_.run({machine_.at(definition_path(service)), "status"}, seconds(10));
  ServiceState state = parse_systemv_state(status, has_start_link(machine_, service));
  // Its daemon writes it when it starts, and never again.
  if (state.run == ServiceRun::running || state.run == ServiceRun::failed)
    state.since = written_at(machine_.at(SystemvPlaces().pid_file(service)));
  return state;
}

// Nothing: the files are sourced by a shell.
std::vector<std::string> SystemvManager::warnings(const std::string&) { return {}; }

}  // namespace agent::host
