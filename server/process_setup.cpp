#include "process_setup.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "net/loop.hpp"

namespace server {

namespace log = agent::log;

namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

void open_log(const LoadedConfig& loaded) {
  const ServerConfig& config = loaded.config;
  log::Options options;
  options.to_stdout = contains(config.log.target, "stdout");
  options.to_file = contains(config.log.target, "file");
  options.dir = config.log_dir;
  options.name = "agent-server";
  options.size = config.log_size.value;
  options.rotate = static_cast<int>(config.log_rotate);
  options.level = log::parse_level(config.log.level);
  try {
    log::open(options);
  } catch (const agent::Error& error) {
    throw error.within("log_dir");
  }
  for (const std::string& warning : loaded.warnings) log::warn("{}", warning);
  for (const std::string& problem : loaded.outdated) log::error("{}", problem);
}

std::vector<std::string> with_own_name(std::vector<std::string> names) {
  char name[HOST_NAME_MAX + 1] = {};
  if (::gethostname(name, sizeof name - 1) == 0) names.emplace_back(name);
  return names;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    log::warn("{}", agent::system_error("raise the limit of open files", errno).what());
}

void limit_heaps(unsigned loops) {
#ifdef M_ARENA_MAX
  constexpr int kLargeBlock = 1024 * 1024;
  ::mallopt(M_ARENA_MAX, static_cast<int>(loops));
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kLargeBlock);
#endif
}

std::unique_ptr<agent::net::LoopCheck> report_life(const std::vector<agent::net::Loop*>& loops,
                                                   agent::host::RunReport& report) {
  loops.front()->post([&report] { report.ready(); });
  const auto interval = report.alive_interval();
  if (!interval) return nullptr;
  return std::make_unique<agent::net::LoopCheck>(loops, *interval, [&report] { report.alive(); });
}

}  // namespace server
