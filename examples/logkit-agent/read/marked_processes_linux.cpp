#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <agent/processes.hpp>

#include "checkpoint.hpp"
#include "marked_processes.hpp"

namespace logkit {
namespace {

// Environments are looked at up to here.
constexpr std::size_t kMostOfEnvironment = 256 * 1024;
// What is being started while the others are killed is found by the next look.
constexpr int kLooks = 20;
constexpr int kPauseMs = 5;

bool has_entry(std::string_view environment, std::string_view entry) {
  for (std::size_t at = 0; at < environment.size();) {
    const std::size_t end = std::min(environment.find('\0', at), environment.size());
    if (environment.substr(at, end - at) == entry) return true;
    at = end + 1;
  }
  return false;
}

// The environment of a process that hangs in the kernel cannot be read: only those are asked that may be it.
bool kill_some(agent::ProcessFiles& files, const std::string& mark, std::uint64_t since_ticks) {
  bool any = false;
  for (const int pid : files.ids()) {
    if (pid <= 1 || pid == ::getpid()) continue;
    const auto stat = agent::parse_process_stat(files.read(pid, "stat"));
    if (!stat || stat->state == 'Z' || stat->start_ticks < since_ticks) continue;
    if (!has_entry(files.read(pid, "environ", kMostOfEnvironment), mark)) continue;
    any = ::kill(pid, SIGKILL) == 0 || any;
  }
  return any;
}

}  // namespace

std::string new_process_mark() { return "LOGKIT_RUN=" + new_file_id(); }

std::uint64_t start_ticks_of(int pid) {
  agent::ProcessFiles files;
  const auto stat = agent::parse_process_stat(files.read(pid, "stat"));
  return stat ? stat->start_ticks : 0;
}

void kill_marked(const std::string& mark, std::uint64_t since_ticks) {
  if (mark.empty()) return;
  agent::ProcessFiles files;
  for (int i = 0; i < kLooks && kill_some(files, mark, since_ticks); ++i) ::poll(nullptr, 0, kPauseMs);
}

}  // namespace logkit
