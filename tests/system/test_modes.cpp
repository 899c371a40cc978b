// Access rights of what the programs write.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/json_text.hpp"
#include "tests/system/programs.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

// The umask of this process, and so of the programs that it starts.
struct Umask {
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
  const mode_t before;
};

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

// Nothing below it, nor itself, is for anybody but its owner.
void check_is_private(const fs::path& directory, const fs::path& except) {
  CHECK(mode_of(directory) == 0700);
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path() == except) continue;
    CAPTURE(entry.path().string());
    CHECK((mode_of(entry.path()) & 077) == 0);
  }
}

}  // namespace

TEST_CASE("Logs are for owner and group, what may hold secrets for the owner, whatever the umask",
          "[system]") {
  const Umask umask(GENERATE(0, 077));
  TempDir logs;
  ServerProgram server("log.target = stdout, file\nlog_dir = " + logs.file("server/logs") + "\n");
  AgentProgram agent(server.address(), "exec-1",
                     "basic.log.target = stdout, file\nbasic.log.dir = " + logs.file("agent/logs") + "\n",
                     kExecAgentProgram);
  server.wait_for_agent("exec-1");
  const std::string begun =
      server.client()
          .request("POST", "/api/exec/exec-1/run", {}, R"({"cmd":"echo my-password","result":false})")
          .body;
  const std::string task = "/api/exec/exec-1/tasks/" + json_at(begun, "payload.id");
  wait_until("its end", [&] { return json_at(server.get(task), "payload.state") == "done"; });

  for (const char* directory : {"server", "server/logs", "agent", "agent/logs"}) {
    CAPTURE(directory);
    CHECK(mode_of(logs.file(directory)) == 0750);
  }
  CHECK(mode_of(logs.file("server/logs/agent-server.log")) == 0640);
  CHECK(mode_of(logs.file("agent/logs/exec-agent.log")) == 0640);
  const std::string audit = server.dir().file("data/audit.log");
  CHECK(mode_of(audit) == 0640);
  check_is_private(server.dir().file("data"), audit);
  check_is_private(server.dir().file("cache"), {});
}
