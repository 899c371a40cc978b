#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>

#include "agent/log.hpp"
#include "host/proc_text.hpp"
#include "host/process_table.hpp"
#include "host/process_tree.hpp"
#include "host/service/waiters.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kNameLength = 15;  // of a process in /proc: TASK_COMM_LEN
constexpr std::array<std::string_view, 8> kVerbs{
    "start",       "stop",         "restart",           "try-restart",
    "condrestart", "force-reload", "reload-or-restart", "try-reload-or-restart"};

bool has(const std::vector<std::string>& arguments, std::string_view wanted) {
  return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

std::vector<std::string> arguments_of(int pid) {
  const std::string text = read_text(fmt::format("/proc/{}/cmdline", pid));
  std::vector<std::string> arguments;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    arguments.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return arguments;
}

}  // namespace

bool waits_for_service(std::string_view program, const std::vector<std::string>& arguments,
                       std::string_view service) {
  if (program == service.substr(0, kNameLength))
    return has(arguments, "--replace") || has(arguments, "--stop");
  if (program != "systemctl" || has(arguments, "--no-block")) return false;
  const bool is_named = has(arguments, service) || has(arguments, fmt::format("{}.service", service)) ||
                        has(arguments, "--marked");
  return is_named && std::any_of(kVerbs.begin(), kVerbs.end(),
                                 [&arguments](std::string_view verb) { return has(arguments, verb); });
}

std::size_t release_service_waiters(int pid, std::string_view service) {
  const std::vector<ProcessEntry> table = read_process_table();
  std::vector<ProcessEntry> tree = descendants_of(table, pid);
  const auto self =
      std::find_if(table.begin(), table.end(), [pid](const auto& entry) { return entry.pid == pid; });
  if (self != table.end()) tree.push_back(*self);
  std::size_t released = 0;
  for (const ProcessEntry& entry : tree) {
    const std::string program = read_text(fmt::format("/proc/{}/comm", entry.pid));
    if (entry.ended || !waits_for_service(first_line(program), arguments_of(entry.pid), service)) continue;
    log::info("process {} waits for {} to stop, so it is ended: what it asked for happens without it",
              entry.pid, service);
    if (::kill(entry.pid, SIGTERM) == 0) ++released;
  }
  return released;
}

}  // namespace agent::host
