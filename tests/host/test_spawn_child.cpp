// Children that begin in a group of cgroup v2. The hierarchy needs no controllers for it.
#include "host/spawn_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "base/file_handle.hpp"
#include "host/limits/cgroup_places.hpp"
#include "host/proc_text.hpp"
#include "host/session_leader.hpp"
#include "tests/support/patience.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

// A group of v2 below the own one; "" where none can be made.
struct V2Group {
  V2Group() {
    const auto own = own_v2_group(read_text("/proc/self/mountinfo"), read_text("/proc/self/cgroup"));
    if (!own) return;
    path = fmt::format("{}/libagent-test-born-{}", *own, ::getpid());
    if (::mkdir(path.c_str(), 0755) < 0) path.clear();
  }
  ~V2Group() {
    if (!path.empty()) wait_until("the group is gone", [this] { return ::rmdir(path.c_str()) == 0; });
  }
  V2Group(const V2Group&) = delete;
  V2Group& operator=(const V2Group&) = delete;

  std::string path;
};

FileHandle opened(const std::string& path, int flags) {
  FileHandle file(::open(path.c_str(), flags | O_CLOEXEC));
  REQUIRE(file.is_open());
  return file;
}

enum class How { plain, as_user, on_terminal };

// What it says about its groups. It enters through `entrance` unless it begins in `birthplace`.
std::string groups_of_child(int birthplace, int entrance, How how) {
  const FileHandle terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(::grantpt(terminal.descriptor()) == 0);
  REQUIRE(::unlockpt(terminal.descriptor()) == 0);
  FileHandle inside = opened(::ptsname(terminal.descriptor()), O_RDWR | O_NOCTTY);
  SpawnPlan plan;
  plan.programs = {"/bin/cat"};
  plan.argv = {"cat", "/proc/self/cgroup"};
  plan.input = plan.output = plan.error = inside.descriptor();
  plan.terminal = how == How::on_terminal;
  plan.group = {entrance};
  plan.birthplace = birthplace;
  if (how == How::as_user) plan.user = find_user("root");
  const Spawned spawned = spawn(plan);
  int status = -1;
  CHECK(::waitpid(spawned.pid, &status, 0) == spawned.pid);
  CHECK(status == 0);
  if (spawned.has_leader()) {
    dismiss_leader(spawned.session);
    CHECK(::waitpid(spawned.session, nullptr, 0) == spawned.session);
  }
  inside.close();
  std::string text;
  std::array<char, 4096> bytes{};
  for (ssize_t count = 0; (count = ::read(terminal.descriptor(), bytes.data(), bytes.size())) > 0;)
    text.append(bytes.data(), static_cast<std::size_t>(count));
  return text;
}

}  // namespace

TEST_CASE("A child begins in its v2 group, or enters it where the system cannot do that", "[group]") {
  const V2Group group;
  if (group.path.empty()) {
    WARN("no group of v2 can be made here: nothing was tested");
    return;
  }
  const std::string expected = group.path.substr(group.path.rfind("/libagent")) + "\r\n";
  const How how = GENERATE(How::plain, How::as_user, How::on_terminal);
#if defined(__x86_64__)
  // A child that wrote itself would be nowhere.
  const FileHandle nowhere = opened("/dev/null", O_WRONLY);
  const FileHandle directory = opened(group.path, O_PATH | O_DIRECTORY);
  CHECK_THAT(groups_of_child(directory.descriptor(), nowhere.descriptor(), how), Catch::Contains(expected));
#endif
  const FileHandle entrance = opened(group.path + "/cgroup.procs", O_WRONLY);
  const FileHandle no_group = opened("/tmp", O_PATH | O_DIRECTORY);
  CHECK_THAT(groups_of_child(no_group.descriptor(), entrance.descriptor(), how), Catch::Contains(expected));
}
