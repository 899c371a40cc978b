// What a running program leaves in its run directory, and what others read of it.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "host/service/run_status.hpp"
#include "host/user_account.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/variable.hpp"

using namespace agent::host;
using test::TempDir;
using test::Variable;

namespace {

RunStatus connected_to(const std::string& server) {
  RunStatus status;
  status.program = "some-agent";
  status.server = server;
  status.connection = Connection::connected;
  return status;
}

// A process that lives, and is not this one.
class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0) {
      ::pause();
      ::_exit(0);
    }
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void end() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_;
};

// The file of process `pid`, with the start time of this one.
void leave(const TempDir& dir, pid_t pid, const std::string& start_ticks) {
  dir.write("status.json", "{\"pid\":" + std::to_string(pid) + ",\"start_ticks\":" + start_ticks +
                               ",\"program\":\"some-agent\",\"connection\":\"connected\"}");
}

std::string start_ticks_of(pid_t pid) {
  TempDir dir;
  const std::string path = dir.path();
  RunStatusFile file(path);
  file.write({});
  const auto own = read_run_status_in(path);
  REQUIRE(own);
  // Those of another process, in the same way as the kernel tells them.
  std::FILE* stat = std::fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "r");
  REQUIRE(stat != nullptr);
  unsigned long long ticks = 0;
  REQUIRE(std::fscanf(
              stat,
              "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %llu",
              &ticks) == 1);
  std::fclose(stat);
  return std::to_string(ticks);
}

}  // namespace

TEST_CASE("What a program writes of itself is read as it was, while it lives", "[host][run_status]") {
  TempDir dir;
  const std::string directory = dir.file("run/some-agent");
  {
    RunStatusFile file(directory);
    CHECK_FALSE(std::filesystem::exists(directory));
    RunStatus status = connected_to("127.0.0.1:13081");
    status.version = "2.0.0";
    status.id = "n-1";
    status.started = 1767000000000;
    status.since = 1767000000001;
    file.write(status);
    const auto read = read_run_status_in(directory);
    REQUIRE(read);
    CHECK(read->is_running);
    CHECK(read->pid == ::getpid());
    CHECK(read->program == "some-agent");
    CHECK(read->version == "2.0.0");
    CHECK(read->id == "n-1");
    CHECK(read->server == "127.0.0.1:13081");
    CHECK(read->connection == Connection::connected);
    CHECK(read->problem == Problem::none);
    CHECK(read->started == 1767000000000);
    CHECK(read->since == 1767000000001);

    status.connection = Connection::refused;
    status.problem = Problem::id_conflict;
    status.reason = "refused: agent id conflict";
    file.write(status);
    CHECK(read_run_status_in(directory)->connection == Connection::refused);
    CHECK(read_run_status_in(directory)->problem == Problem::id_conflict);
    CHECK(read_run_status_in(directory)->reason == "refused: agent id conflict");
  }
  CHECK_FALSE(std::filesystem::exists(directory));  // gone with its program
}

TEST_CASE("The status is readable for everybody whatever the umask is", "[host][run_status]") {
  TempDir dir;
  const mode_t before = ::umask(0077);
  RunStatusFile file(dir.file("run"));
  file.write(connected_to("s:1"));
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(dir.file("run/status.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0644);
  REQUIRE(::stat(dir.file("run").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0755);
}

TEST_CASE("What a dead program has left is told from what a living one says", "[host][run_status]") {
  TempDir dir;
  Child child;
  const std::string ticks = start_ticks_of(child.pid());
  leave(dir, child.pid(), ticks);
  CHECK(read_run_status_in(dir.path())->is_running);
  leave(dir, child.pid(), "1");  // the pid came again
  CHECK_FALSE(read_run_status_in(dir.path())->is_running);
  leave(dir, child.pid(), ticks);
  ::kill(child.pid(), SIGKILL);
  siginfo_t info;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(read_run_status_in(dir.path())->is_running);  // nobody has collected it yet
  child.end();
  CHECK_FALSE(read_run_status_in(dir.path())->is_running);
}

TEST_CASE("A program leaves the status of another that lives alone, and takes over that of a dead one",
          "[host][run_status]") {
  TempDir dir;
  Child child;
  leave(dir, child.pid(), start_ticks_of(child.pid()));
  {
    RunStatusFile second(dir.path());
    second.write(connected_to("s:2"));
    CHECK(read_run_status_in(dir.path())->pid == child.pid());
  }
  CHECK(std::filesystem::exists(dir.file("status.json")));
  child.end();
  {
    RunStatusFile third(dir.path());
    third.write(connected_to("s:3"));
    CHECK(read_run_status_in(dir.path())->pid == ::getpid());
  }
  CHECK(std::filesystem::is_empty(dir.path()));  // the directory was there before
}

TEST_CASE("A directory that the service manager gave is written whoever was there", "[host][run_status]") {
  TempDir dir;
  Child child;
  leave(dir, child.pid(), start_ticks_of(child.pid()));
  const Variable given("RUNTIME_DIRECTORY", dir.path() + ":/second");
  CHECK(run_directory("some-agent") == dir.path());
  RunStatusFile file(run_directory("some-agent"));
  file.write(connected_to("s:1"));
  CHECK(read_run_status_in(dir.path())->pid == ::getpid());
  const auto found = read_run_status("some-agent");
  REQUIRE(found);
  CHECK(found->server == "s:1");
  CHECK_FALSE(read_run_status("no-such-agent"));  // of that name
}

TEST_CASE("A run directory that cannot be written is no error", "[host][run_status]") {
  TempDir dir;
  dir.write("a-file", "");
  for (const std::string& directory : {std::string(), dir.file("a-file/run"), std::string("/proc/no/run")}) {
    RunStatusFile file(directory);
    file.write(connected_to("s:1"));
    file.write(connected_to("s:2"));
    CHECK_FALSE(read_run_status_in(directory));
  }
}

TEST_CASE("A status file that is no file, no JSON or endless is no status", "[host][run_status]") {
  TempDir dir;
  const std::string path = dir.file("status.json");
  SECTION("a FIFO") { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
  SECTION("a link") {
    dir.write("other", R"({"pid":1})");
    std::filesystem::create_symlink(dir.file("other"), path);
  }
  SECTION("not JSON") { dir.write("status.json", "{\"pid\":"); }
  SECTION("too long") { dir.write("status.json", "{\"reason\":\"" + std::string(100'000, 'x') + "\"}"); }
  CHECK_FALSE(read_run_status_in(dir.path()));
}

TEST_CASE("A link beside the status is not followed", "[host][run_status]") {
  TempDir dir;
  dir.write("victim", "untouched");
  std::filesystem::create_symlink(dir.file("victim"), dir.file("status.json.new"));
  RunStatusFile file(dir.path());
  file.write(connected_to("s:1"));
  CHECK(std::filesystem::file_size(dir.file("victim")) == 9);
  CHECK(read_run_status_in(dir.path()));
}

TEST_CASE("Words of a later version leave the rest readable", "[host][run_status]") {
  TempDir dir;
  dir.write("status.json",
            R"({"pid":1,"start_ticks":1,"connection":"dreaming","problem":"boredom","id":"n-1"})");
  const auto status = read_run_status_in(dir.path());
  REQUIRE(status);
  CHECK(status->id == "n-1");
}
