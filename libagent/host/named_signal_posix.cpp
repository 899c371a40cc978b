#include <signal.h>

#include <algorithm>
#include <array>

#include "host/named_signal.hpp"

namespace agent::host {
namespace {

struct NamedSignal {
  std::string_view name;
  int number;
};
constexpr std::array<NamedSignal, 9> kSignals{{{"INT", SIGINT},
                                               {"TERM", SIGTERM},
                                               {"HUP", SIGHUP},
                                               {"QUIT", SIGQUIT},
                                               {"KILL", SIGKILL},
                                               {"USR1", SIGUSR1},
                                               {"USR2", SIGUSR2},
                                               {"TSTP", SIGTSTP},
                                               {"CONT", SIGCONT}}};

}  // namespace

// Group 1 and those below mean others than one group (kill(2)).
bool signal_group(int group, std::string_view name) {
  const auto known = std::find_if(kSignals.begin(), kSignals.end(),
                                  [name](const NamedSignal& signal) { return signal.name == name; });
  return known != kSignals.end() && group > 1 && ::kill(-group, known->number) == 0;
}

}  // namespace agent::host
