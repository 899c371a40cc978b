#include "host/fork_limit.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/support/temp_dir.hpp"

using namespace agent::host;
using namespace test;

namespace {

// /x.service/tasks/command, each with its pids.max and pids.current.
struct Hierarchy {
  Hierarchy() {
    set("x.service", "max", "9");
    set("x.service/tasks", "max", "8");
    set("x.service/tasks/command", "max", "7");
  }
  void set(const std::string& group, const std::string& most, const std::string& now) const {
    std::filesystem::create_directories(root.file(group));
    root.write(group + "/pids.max", most + "\n");
    root.write(group + "/pids.current", now + "\n");
  }
  ControllerPlace place() const {
    return {.version = 2,
            .mount = root.path(),
            .own = root.file("x.service/tasks/command"),
            .problem = PlaceProblem::none};
  }
  std::string found() const {
    const std::optional<ForkLimit> limit = used_up_fork_limit(place());
    return limit ? describe(*limit) : "";
  }
  TempDir root;
};

}  // namespace

TEST_CASE("Without a limit on processes no group is named") { CHECK(Hierarchy().found().empty()); }

TEST_CASE("The group whose limit on processes is used up is named with its figure") {
  const Hierarchy groups;
  groups.set("x.service", "9", "9");
  groups.set("x.service/tasks", "8", "7");
  groups.set("x.service/tasks/command", "8", "7");
  CHECK(groups.found() == "pids.max of /x.service is 9 (TasksMax of the unit)");
  groups.set("x.service/tasks/command", "7", "7");
  CHECK(groups.found() == "pids.max of /x.service/tasks/command is 7");
}

TEST_CASE("A limit on processes that was used up shows by the group's peak") {
  const Hierarchy groups;
  groups.set("x.service/tasks", "8", "1");
  CHECK(groups.found().empty());
  groups.root.write("x.service/tasks/pids.peak", "8\n");
  CHECK(groups.found() == "pids.max of /x.service/tasks is 8");
}

TEST_CASE("Nothing is named for a group that is not visible") {
  CHECK_FALSE(used_up_fork_limit(ControllerPlace{.version = 2, .mount = "/sys/fs/cgroup", .own = ""}));
}
