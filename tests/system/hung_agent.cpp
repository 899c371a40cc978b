// hung-agent: an agent for tests of a watchdog. Its loop hangs for good once there is a file "hang" in the
// directory $HUNG_AGENT_DIRECTORY; before it does so it makes "hangs" there.
#include <agent/main.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

int main(int argc, char** argv) {
  agent::Agent agent("hung-agent", "1.0.0");
  const char* const directory = std::getenv("HUNG_AGENT_DIRECTORY");
  if (directory == nullptr) return 2;
  const std::filesystem::path place = directory;
  agent.every(std::chrono::milliseconds(50), [place] {
    if (!std::filesystem::exists(place / "hang")) return;
    std::ofstream(place / "hangs") << "yes\n";
    std::timed_mutex never;  // waits, and uses no CPU
    const std::lock_guard lock(never);
    for (;;) {
      if (never.try_lock_for(std::chrono::hours(1))) return;
    }
  });
  return agent::main(agent, argc, argv);
}
