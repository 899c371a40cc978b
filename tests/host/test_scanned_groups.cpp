#include "host/scanned_groups.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <vector>

using namespace agent::host;

namespace {

// `sleep` in a session of its own, as commands are; ended with the test.
class Sleeper {
 public:
  Sleeper() {
    std::string program = "sleep", seconds = "300";
    const std::array<char*, 3> argv{program.data(), seconds.data(), nullptr};
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    REQUIRE(::posix_spawnp(&pid_, "sleep", nullptr, &attributes, argv.data(), environ) == 0);
    ::posix_spawnattr_destroy(&attributes);
  }
  ~Sleeper() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    collect();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  int pid() const { return pid_; }
  // The signal that it has ended by.
  int collect() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
};

// Whether it is gone after that.
bool look_and_kill(ScannedGroups& groups, ProcessGroup& group) {
  groups.look();
  group.kill();
  return group.gone();
}

}  // namespace

TEST_CASE("A group is gone when two looks in a row have found nobody", "[host]") {
  Sleeper sleeper;
  ScannedGroups groups([](int) { return false; });
  const auto group = groups.make();
  group->add(sleeper.pid(), sleeper.pid());
  CHECK_FALSE(group->gone());
  CHECK_FALSE(look_and_kill(groups, *group));
  CHECK(sleeper.collect() == SIGKILL);
  CHECK_FALSE(look_and_kill(groups, *group));
  CHECK(look_and_kill(groups, *group));
}

// It was killed, waits for some time of a processor, and nothing connects it with the command any more.
TEST_CASE("A group is not gone while a process that was killed lives on", "[host]") {
  Sleeper sleeper;
  const int pid = sleeper.pid();
  std::vector<ProcessEntry> table{{.pid = pid, .parent = ::getpid(), .group = pid, .session = pid}};
  ScannedGroups groups([](int) { return false; }, [&table] { return table; });
  const auto group = groups.make();
  group->add(pid, pid);
  CHECK_FALSE(look_and_kill(groups, *group));
  CHECK(sleeper.collect() == SIGKILL);
  table = {{.pid = pid + 1, .parent = 1, .group = pid, .session = pid + 1}};
  CHECK_FALSE(look_and_kill(groups, *group));
  CHECK_FALSE(look_and_kill(groups, *group));  // without a memory of whom it killed: gone
  table.front().ended = true;
  CHECK_FALSE(look_and_kill(groups, *group));
  CHECK(look_and_kill(groups, *group));
}

TEST_CASE("One look serves the kills of many groups, each of its own members", "[host]") {
  Sleeper first, second, other;
  ScannedGroups groups([](int) { return false; });
  const auto group = groups.make(), next = groups.make();
  group->add(first.pid(), first.pid());
  next->add(second.pid(), second.pid());
  groups.look();
  group->kill();
  next->kill();
  CHECK(first.collect() == SIGKILL);
  CHECK(second.collect() == SIGKILL);
  CHECK(::kill(other.pid(), 0) == 0);
}

TEST_CASE("A signal reaches those of a group that are stopped", "[host]") {
  Sleeper sleeper;
  ScannedGroups groups([](int) { return false; });
  const auto group = groups.make();
  group->add(sleeper.pid(), sleeper.pid());
  ::kill(sleeper.pid(), SIGSTOP);
  group->signal(SIGTERM);
  CHECK(sleeper.collect() == SIGTERM);
}

TEST_CASE("Groups have different marks, and outlive their maker", "[host]") {
  std::shared_ptr<ProcessGroup> one, other;
  {
    ScannedGroups groups([](int) { return false; });
    one = groups.make();
    other = groups.make();
  }
  CHECK(one->mark() != other->mark());
  CHECK(one->mark().starts_with("LIBAGENT_TASK="));
}
