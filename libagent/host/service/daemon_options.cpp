#include "host/service/daemon_options.hpp"

namespace agent::host {

std::string problem_of(const DaemonOptions& options) {
  const int verbs = int(options.replace) + int(options.stop) + int(options.reload) + int(options.status);
  const bool has_others = verbs > 0 || options.max_exits > 0 || !options.pid_file.empty() ||
                          !options.user.empty() || !options.output.empty();
  if (!options.is_wanted) return has_others ? "--daemon is missing: its options were given" : "";
  if (options.pid_file.empty()) return "--daemon needs --pid-file FILE";
  if (verbs > 1) return "only one of --replace, --stop, --reload and --status";
  return "";
}

}  // namespace agent::host
