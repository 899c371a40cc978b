// Memory means memory with swap. The guest has 64 MB of swap.
#include <cstring>
#include <vector>

#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

constexpr std::uint64_t kLimit = 16 * 1024 * 1024;
constexpr std::size_t kWanted = 40 * 1024 * 1024;

// A process in the group that needs kWanted and stays.
int start_hog(const ControlGroup& group) {
  const std::vector<std::string> entrances = group.entrances();
  const int pid = ::fork();
  if (pid != 0) return pid;
  for (const std::string& entrance : entrances)
    if (write_to(entrance, "0") != 0) ::_exit(99);
  std::vector<char> memory(kWanted, 'x');
  for (;;) ::pause();
}

std::uint64_t swapped(const ControlGroup& group) {
  if (group_home()->memory.version == 2)
    return single_number(group.read(Controller::memory, "memory.swap.current")).value();
  return counter(group.read(Controller::memory, "memory.stat"), "swap").value();
}

}  // namespace

TEST_CASE("A limit of memory alone lets a process swap") {
  NEEDS_GUEST();
  TestGroup group("swaps");
  group.set(Controller::memory, memory_writes(group_home()->memory.version, kLimit, false));
  const int pid = start_hog(group);
  wait_until("it has swapped what does not fit", [&] { return swapped(group) >= kWanted - 2 * kLimit; });
  group.kill();
  wait_for(pid);
  CHECK(group.counters().oom_kills == 0);
}

TEST_CASE("A limit of memory with swap kills a process instead of swapping it") {
  NEEDS_GUEST();
  TestGroup group("does-not");
  group.set(Controller::memory, memory_writes(group_home()->memory.version, kLimit, true));
  const int status = wait_for(start_hog(group));
  CHECK(WIFSIGNALED(status));
  CHECK(group.counters().oom_kills == 1);
  CHECK(swapped(group) == 0);
}
