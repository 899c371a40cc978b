// Limits hold by the kernel's own accounts. A slow machine makes both of them easier, never harder.
#include <chrono>

#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

}  // namespace

TEST_CASE("A quota of 20 percent gives a busy loop a fifth of the time") {
  NEEDS_GUEST();
  TestGroup group("busy");
  group.set(Controller::cpu, cpu_writes(group_home()->cpu.version, 20));
  const auto start = Clock::now();
  const int pid = start_in(group, "while :; do :; done");
  wait_until("it has used half a second",
             [&] { return group.usage().cpu >= std::chrono::milliseconds(500); });
  const Seconds took = Clock::now() - start;
  CHECK(Seconds(group.usage().cpu).count() / took.count() <= 0.25);
  CHECK(counter(group.read(Controller::cpu, "cpu.stat"), "nr_throttled").value_or(0) > 0);
  group.kill();
  wait_for(pid);
}

TEST_CASE("A limit on writes slows down the disk that carries them") {
  NEEDS_GUEST();
  TestGroup group("writer");
  DiskLimit limit{.dev = disk()};
  limit.write_bytes.value = 2 * 1024 * 1024;
  group.set(Controller::io, disk_writes(group_home()->io.version, limit));
  const auto start = Clock::now();
  CHECK(wait_for(start_in(group, "dd if=/dev/zero of=/var/tmp/written bs=64k count=96 oflag=direct 2>&1")) ==
        0);
  const Seconds took = Clock::now() - start;
  CHECK(took.count() >= 6.0 / 2 * 0.9);  // 6 MiB; the first slice is free
  CHECK(group.usage().io.written >= 6 * 1024 * 1024);
}
