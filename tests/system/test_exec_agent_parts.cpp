// The parts of exec-agent that need no server.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "agent/error.hpp"
#include "examples/exec-agent/command_options.hpp"
#include "examples/exec-agent/uploads.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/programs.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

// A directory for temporary files of the test's own.
struct TempPlace {
  TempPlace() { ::setenv("TMPDIR", dir.path().c_str(), 1); }
  ~TempPlace() { ::unsetenv("TMPDIR"); }
  TempPlace(const TempPlace&) = delete;
  TempPlace& operator=(const TempPlace&) = delete;

  bool is_empty() const { return fs::is_empty(dir.path()); }
  TempDir dir;
};

std::string upload(Uploads& uploads, const std::string& name) {
  const std::string file = uploads.make() + "/" + name;
  std::ofstream(file) << "text";
  uploads.received(file);
  return file;
}

std::size_t entries_in(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

// As an agent does that is killed.
void leave_upload_behind(const std::string& user = {}) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    Uploads uploads;
    const std::string file = upload(uploads, "script.sh");
    if (!user.empty()) uploads.share(file, user);
    ::raise(SIGKILL);
  }
  REQUIRE(::waitpid(pid, nullptr, 0) == pid);
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

unsigned owner_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_uid;
}

agent::wire::Exec with_password(const std::string& pass) {
  agent::wire::Exec exec;
  exec.cmd = "id";
  exec.auth = "Sudo";
  exec.user = "www";
  exec.pass = pass;
  return exec;
}

}  // namespace

TEST_CASE("Uploads of one name lie apart, each where only we can go", "[system]") {
  const TempPlace place;
  Uploads uploads;
  const std::string first = upload(uploads, "script.sh");
  const std::string second = upload(uploads, "script.sh");
  CHECK(first != second);
  CHECK(mode_of(fs::path(first).parent_path()) == 0700);
  CHECK(uploads.remove(first));
  CHECK_FALSE(fs::exists(fs::path(first).parent_path()));
  CHECK(fs::exists(second));
}

TEST_CASE("Only what was uploaded is removed, and only once", "[system]") {
  const TempPlace place;
  Uploads uploads;
  const std::string file = upload(uploads, "script.sh");
  const std::string beside = place.dir.write("beside", "stays");
  const std::string directory = fs::path(file).parent_path();
  CHECK_FALSE(uploads.remove(beside));
  CHECK_FALSE(uploads.remove(""));
  CHECK_FALSE(uploads.remove(directory));
  CHECK_FALSE(uploads.remove(directory + "/../beside"));
  CHECK_FALSE(uploads.remove(directory + "/./script.sh"));
  CHECK(uploads.remove(file));
  CHECK_FALSE(uploads.remove(file));
  CHECK(fs::exists(beside));
}

TEST_CASE("No link is followed when an upload is removed", "[system]") {
  const TempDir elsewhere;
  const TempPlace place;
  elsewhere.write("precious", "stays");
  Uploads uploads;
  const std::string file = upload(uploads, "script.sh");
  const std::string directory = fs::path(file).parent_path();
  SECTION("the file has become a link") {
    fs::remove(file);
    fs::create_symlink(elsewhere.file("precious"), file);
  }
  SECTION("a link to a directory lies beside it") {
    fs::create_directory_symlink(elsewhere.path(), directory + "/link");
  }
  SECTION("the directory has become a link") {
    fs::remove_all(directory);
    fs::create_directory_symlink(elsewhere.path(), directory);
  }
  CHECK(uploads.remove(file));
  CHECK(fs::is_empty(fs::path(directory).parent_path()));
  CHECK(fs::exists(elsewhere.file("precious")));
}

TEST_CASE("What is left of uploads goes with the agent", "[system]") {
  const TempPlace place;
  {
    Uploads uploads;
    upload(uploads, "script.sh");
    uploads.make();  // an upload that has not arrived
    CHECK_FALSE(place.is_empty());
  }
  CHECK(place.is_empty());
}

TEST_CASE("An upload whose command does not come goes when its time is over", "[system]") {
  const TempPlace place;
  Uploads uploads;
  const std::string forgotten = upload(uploads, "script.sh");
  const std::string used = upload(uploads, "script.sh");
  const std::string on_its_way = uploads.make();
  std::optional<UploadedFile> command(std::in_place, uploads, used);
  uploads.remove_old();
  CHECK(fs::exists(forgotten));
  uploads.remove_old(std::chrono::nanoseconds(0));
  CHECK_FALSE(fs::exists(fs::path(forgotten).parent_path()));
  CHECK_FALSE(uploads.knows(forgotten));
  CHECK(fs::exists(used));
  CHECK(fs::exists(on_its_way));
  command.reset();
  CHECK_FALSE(fs::exists(used));
}

TEST_CASE("An upload that is given up leaves nothing, and none can be given up that has not been made",
          "[system]") {
  const TempPlace place;
  Uploads uploads;
  const std::string directory = uploads.make();
  std::ofstream(directory + "/half") << "text";
  const std::string beside = place.dir.write("beside", "stays");
  uploads.give_up(place.dir.path());
  CHECK(fs::exists(beside));
  uploads.give_up(directory);
  CHECK_FALSE(fs::exists(directory));
}

TEST_CASE("Uploads find a new place when somebody has removed theirs", "[system]") {
  const TempPlace place;
  Uploads uploads;
  const fs::path root = fs::path(uploads.make()).parent_path();
  fs::remove_all(root);
  CHECK(fs::exists(upload(uploads, "script.sh")));
}

TEST_CASE("What an agent has left that was killed is removed, and nothing else", "[system]") {
  const TempDir elsewhere;
  const TempPlace place;
  elsewhere.write("precious", "stays");
  leave_upload_behind();
  REQUIRE_FALSE(place.is_empty());
  Uploads living;
  const std::string file = upload(living, "script.sh");
  place.dir.write("exec-agent-uploads-abcde1", "a file");
  for (const char* name : {"exec-agent-uploads-abcde2", "exec-agent-uploads-abcde34",
                           "exec-agent-uploads-abc.e4", "other-agent-abcde5", "exec-agent-uploads-abcde6"}) {
    fs::create_directory(place.dir.file(name));
    REQUIRE(::chmod(place.dir.file(name).c_str(), 0700) == 0);
  }
  REQUIRE(::chmod(place.dir.file("exec-agent-uploads-abcde2").c_str(), 0755) == 0);
  const bool foreign =
      ::geteuid() == 0 && ::chown(place.dir.file("exec-agent-uploads-abcde6").c_str(), 65534, 65534) == 0;
  if (!foreign) fs::remove(place.dir.file("exec-agent-uploads-abcde6"));
  fs::create_directory_symlink(elsewhere.path(), place.dir.file("exec-agent-uploads-abcde7"));
  remove_left_uploads();
  CHECK(fs::exists(elsewhere.file("precious")));
  CHECK(fs::exists(file));
  CHECK(entries_in(place.dir.path()) == (foreign ? 8 : 7));
}

TEST_CASE("What a killed agent gave to the user of its command is removed, too", "[system]") {
  const TempPlace place;
  leave_upload_behind("daemon");
  REQUIRE_FALSE(place.is_empty());
  remove_left_uploads();
  CHECK(place.is_empty());
}

TEST_CASE("An upload is shared with the one user who runs it", "[system]") {
  const TempPlace place;
  Uploads uploads;
  const std::string file = upload(uploads, "script.sh");
  const std::string directory = fs::path(file).parent_path();
  const unsigned before = owner_of(file);
  uploads.share(file, "root");
  uploads.share(file, "no-such-user");
  CHECK(owner_of(file) == before);
  CHECK(mode_of(directory) == 0700);
  CHECK(mode_of(fs::path(directory).parent_path()) == 0700);
  uploads.share(file, "daemon");
  CHECK(mode_of(fs::path(directory).parent_path()) == 0711);
  if (before == 0) {
    CHECK(owner_of(file) != 0);
    CHECK(owner_of(directory) == owner_of(file));
    CHECK(mode_of(directory) == 0700);
  } else {
    CHECK(mode_of(directory) == 0711);
  }
  const std::string foreign = place.dir.write("foreign", "text");
  uploads.share(foreign, "daemon");
  CHECK(owner_of(foreign) == before);
}

TEST_CASE("Passwords in the originals' forms are read and known as insecure", "[system]") {
  const CommandRules rules;
  CHECK(make_options(with_password("$1$b7Y+Yck5rdA9HIvNqN9iVw=="), rules).process.password == "secret");
  CHECK(make_options(with_password("$1$b7Y+Yck5rdA9HIvNqN9iVw=="), rules).insecure_password);
  CHECK(make_options(with_password("$0$secret"), rules).process.password == "secret");
  CHECK(make_options(with_password("$0$secret"), rules).insecure_password);
  CHECK(make_options(with_password("secret"), rules).process.password == "secret");
  CHECK_FALSE(make_options(with_password("secret"), rules).insecure_password);
}

TEST_CASE("A password without auth is not even looked at", "[system]") {
  agent::wire::Exec exec = with_password("$1$broken");
  exec.auth.clear();
  const CommandOptions options = make_options(exec, {});
  CHECK(options.process.password.empty());
  CHECK(options.process.user.empty());
}

TEST_CASE("Timeouts of any size are bearable", "[system]") {
  agent::wire::Exec exec;
  exec.timeout = std::numeric_limits<std::int64_t>::max();
  CHECK(make_options(exec, {}).process.timeout == std::chrono::seconds(1'000'000'000));
  exec.timeout = std::numeric_limits<std::int64_t>::min();
  CHECK(make_options(exec, {}).process.timeout == std::chrono::seconds(60));
  exec.timeout = 5;
  CHECK(make_options(exec, {}).process.timeout == std::chrono::seconds(5));
}

TEST_CASE("exec-agent's manifest is what it generates, and its sample configuration is valid", "[system]") {
  const std::string folder = source_path("examples/exec-agent/");
  CHECK(run_program(kExecAgentProgram, {"manifest"}).second == read_file(folder + "manifest.yaml"));
  const auto [code, output] = run_program(kExecAgentProgram, {"validate", "--conf", folder + "agent.conf"});
  CHECK(code == 0);
  CHECK_THAT(output, Catch::Contains("is valid") && !Catch::Contains("warning"));
}

TEST_CASE("Every setting of exec-agent stands in docs/configuration.md", "[system]") {
  const std::string page = read_file(source_path("docs/configuration.md"));
  for (const auto& setting : agent::describe_settings(CommandRules{})) {
    CHECK_THAT(page, Catch::Contains("`" + setting.key + "`"));
  }
}
