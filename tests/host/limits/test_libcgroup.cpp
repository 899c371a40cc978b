// The bound of an agent made by libcgroup: what is asked of it, and the same result without it.
#include "host/limits/libcgroup.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "host/limits/cgroup_start.hpp"
#include "host/limits/group_tree.hpp"
#include "tests/host/limits/group_test.hpp"
#include "tests/support/patience.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

constexpr int kFailed = 50000;  // ECGROUPNOTCOMPILED, the first of its codes

// What was asked of the library. Its functions are plain ones, so there is one of these at a time.
struct Asked {
  int inits = 0;
  std::vector<std::string> lines;        // "group NAME", "controller NAME", "FILE TEXT", "create"
  const LibcgroupCalls* real = nullptr;  // does it; nullptr: nobody does
  int result = 0;
  std::string directory;  // one of the group's
  bool made_at_once = false;
};

Asked* asked = nullptr;
std::string the_name;

::cgroup* fake_group() { return reinterpret_cast<::cgroup*>(&the_name); }

int init() {
  ++asked->inits;
  return asked->real ? asked->real->init() : 0;
}

::cgroup* new_cgroup(const char* name) {
  asked->lines.push_back(fmt::format("group {}", name));
  return asked->real ? asked->real->new_cgroup(name) : fake_group();
}

::cgroup_controller* add_controller(::cgroup* group, const char* name) {
  asked->lines.push_back(fmt::format("controller {}", name));
  return asked->real ? asked->real->add_controller(group, name)
                     : reinterpret_cast<::cgroup_controller*>(&the_name);
}

int add_value(::cgroup_controller* controller, const char* file, const char* text) {
  asked->lines.push_back(fmt::format("{} {}", file, text));
  return asked->real ? asked->real->add_value_string(controller, file, text) : 0;
}

int create(::cgroup* group, int ignore_ownership) {
  asked->lines.emplace_back("create");
  const int result = asked->real ? asked->real->create_cgroup(group, ignore_ownership) : asked->result;
  if (std::filesystem::exists(asked->directory)) asked->made_at_once = true;
  return result;
}

void release(::cgroup** group) {
  if (asked->real) asked->real->free(group);
}

const LibcgroupCalls* seen() {
  static const LibcgroupCalls calls{init, new_cgroup, add_controller, add_value, create, release};
  return asked ? &calls : nullptr;
}

const LibcgroupCalls* not_installed() { return nullptr; }

struct Watched : Asked {
  Watched() { asked = this; }
  ~Watched() { asked = nullptr; }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  bool has(const std::string& line) const { return std::ranges::count(lines, line) == 1; }
};

ControllerPlace v1(const std::string& name, const std::string& group) {
  ControllerPlace place;
  place.version = 1;
  place.mount = "/cg/" + name;
  place.own = place.mount + group;
  place.problem = PlaceProblem::none;
  return place;
}

LimitConfig all_limits() {
  LimitConfig limit;
  limit.cpu_quota = 50;
  limit.memory_limit = Bytes{64 * 1024 * 1024};
  return limit;
}

// "cpu 1 50%" and so on, as the kernel has it.
std::vector<std::string> result_with(Limits::Library library, const std::string& name) {
  Limits limits(name, library);
  limits.apply(all_limits());
  std::vector<std::string> result;
  for (const LimitState& state : limits.states())
    result.push_back(fmt::format("{} {} {} {}", state.kind, state.enforced, state.value, state.problem));
  const ControlGroup bound = limits.places().bound;
  for (const std::string& directory : bound.directories())
    result.push_back(fmt::format("{} {}", directory, std::filesystem::is_directory(directory + "/agent")));
  return result;
}

// While it exists nobody removes the directories above an agent's bound: else another agent that ends does so
// between two calls of libcgroup, which gives up then.
class DirectoriesAbove {
 public:
  explicit DirectoriesAbove(const std::string& name)
      : name_(name), group_(bound_below(starting_places(), name)) {
    wait_until("no agent ends at this moment", [this] {
      try {
        return group_.make();
      } catch (const Error&) {
        return false;
      }
    });
  }
  ~DirectoriesAbove() {
    group_.remove();
    try {
      GroupTree(name_, starting_places(), false).remove();
    } catch (const Error& error) {
      WARN(error.what());
    }
  }
  DirectoriesAbove(const DirectoriesAbove&) = delete;
  DirectoriesAbove& operator=(const DirectoriesAbove&) = delete;

 private:
  std::string name_;
  ControlGroup group_;
};

bool is_v1(const ControllerPlace& place) { return place.usable() && place.version == 1; }

bool has_v1() {
  const CgroupPlaces start = starting_places();
  return std::ranges::any_of(start.all(), [](const ControllerPlace* place) { return is_v1(*place); });
}

}  // namespace

TEST_CASE("libcgroup makes all controllers of one name in one call, with their values", "[host][cgroup]") {
  Watched library;
  CgroupPlaces group;
  group.cpu = v1("cpu,cpuacct", "/jkstack/agent/a");
  group.cpuacct = group.cpu;
  group.io = v1("blkio", "/jkstack/agent/a");
  group.memory = v1("memory", "/pod/jkstack/agent/a");
  group.pids.version = 2;  // not libcgroup's
  group.pids.problem = PlaceProblem::none;
  CHECK(make_with(*seen(), group,
                  {{Controller::memory, {"memory.limit_in_bytes", "4096"}},
                   {Controller::cpu, {"cpu.cfs_quota_us", "50000"}},
                   {Controller::io, {"blkio.throttle.read_bps_device", "8:0 1000"}},
                   {Controller::io, {"blkio.throttle.read_bps_device", "8:16 2000"}},
                   {Controller::pids, {"pids.max", "5"}}}));
  CHECK(library.inits == 1);
  CHECK(library.lines ==
        std::vector<std::string>{"group jkstack/agent/a", "controller cpu", "cpu.cfs_quota_us 50000",
                                 "controller blkio", "blkio.throttle.read_bps_device 8:0 1000\n8:16 2000",
                                 "controller cpuacct", "create", "group pod/jkstack/agent/a",
                                 "controller memory", "memory.limit_in_bytes 4096", "create"});
}

TEST_CASE("libcgroup is not asked where v1 has no controller", "[host][cgroup]") {
  Watched library;
  CgroupPlaces group;
  group.memory.version = 2;
  group.memory.problem = PlaceProblem::none;
  CHECK_FALSE(make_with(*seen(), group, {}));
  CHECK(library.inits == 0);
}

TEST_CASE("The bound of an agent with limits on v1 is made by libcgroup, with its values",
          "[group][limits]") {
  NEEDS_GROUPS();
  if (!has_v1()) return;
  if (libcgroup() == nullptr) {
    WARN("libcgroup is not installed: nothing was tested");
    return;
  }
  const TestName name("library");
  const TestName beside("beside");
  const DirectoriesAbove above(beside);
  Watched library;
  library.real = libcgroup();
  // The first one is ours already: its lock is.
  library.directory = ControlGroup(bound_below(starting_places(), name)).directories().back();
  const std::vector<std::string> result = result_with(seen, name);
  CHECK(library.inits == 1);
  CHECK(library.made_at_once);
  const CgroupPlaces start = starting_places();
  CHECK(library.has("controller memory") == is_v1(start.memory));
  CHECK(library.has("memory.limit_in_bytes 67108864") == is_v1(start.memory));
  CHECK(library.has("cpu.cfs_quota_us 50000") == is_v1(start.cpu));
  CHECK(library.has("controller freezer") == is_v1(start.freezer));
  CHECK(result.front() == "cpu true 50% ");
  CHECK(what_is_left_of(name).empty());
  CHECK(result_with(not_installed, name) == result);
}

TEST_CASE("Where libcgroup fails, plain files do its work", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("failing");
  const std::vector<std::string> expected = result_with(not_installed, name);
  Watched library;
  library.result = GENERATE(0, kFailed);  // it makes nothing, and says so or not
  CHECK(result_with(seen, name) == expected);
  CHECK(library.inits == (has_v1() ? 1 : 0));
}

TEST_CASE("libcgroup is not loaded without limit.*", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("unasked");
  Limits limits(name, []() -> const LibcgroupCalls* {
    FAIL("it was asked for");
    return nullptr;
  });
  limits.apply({});
  limits.places();
}
