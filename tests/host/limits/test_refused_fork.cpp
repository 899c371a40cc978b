#include "host/limits/refused_fork.hpp"

#include <catch2/catch.hpp>

using namespace agent::host;

namespace {

using Levels = std::vector<PidsLevel>;

const Levels kBefore{{"/unit/bound/tasks/1", 20, 0, 0}, {"/unit", 50, 30, 4}};

std::string refusing(const Levels& after) {
  const auto level = refusing_level(kBefore, after);
  return level ? describe(*level) : "";
}

}  // namespace

TEST_CASE("No group is named without a refused fork", "[host][cgroup]") {
  CHECK(refusing({{"/unit/bound/tasks/1", 20, 20, 0}, {"/unit", 50, 50, 4}}).empty());
  CHECK_FALSE(refusing_level({}, {}));
}

TEST_CASE("A refused fork names the group whose limit was met", "[host][cgroup]") {
  CHECK(refusing({{"/unit/bound/tasks/1", 20, 20, 1}, {"/unit", 50, 40, 4}}) ==
        "pids.max is 20 in /unit/bound/tasks/1");
  CHECK(refusing({{"/unit/bound/tasks/1", 20, 9, 0}, {"/unit", 50, 50, 5}}) == "pids.max is 50 in /unit");
}

TEST_CASE("A kernel that counts where the fork was names the group above all the same", "[host][cgroup]") {
  CHECK(refusing({{"/unit/bound/tasks/1", 20, 9, 1}, {"/unit", 50, 50, 4}}) == "pids.max is 50 in /unit");
  CHECK(refusing({{"/unit/bound/tasks/1", {}, 9, 1}}) == "a limit above /unit/bound/tasks/1");
}
