#include "host/service/pid_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "agent/error.hpp"
#include "host/user_account.hpp"
#include "tests/support/temp_dir.hpp"

using agent::Errc;
using agent::host::daemon_of;
using agent::host::is_stopping;
using agent::host::lock_holders;
using agent::host::pid_file_exists;
using agent::host::PidFile;
using test::TempDir;

namespace {

// A process that does something, says that it has, and lives until the object is gone.
class Other {
 public:
  explicit Other(const std::function<void()>& act) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      try {
        act();
      } catch (const std::exception&) {
        ::_exit(1);
      }
      if (::write(ends[1], "x", 1) < 0) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char heard = 0;
    REQUIRE(::read(ends[0], &heard, 1) == 1);
    ::close(ends[0]);
  }
  ~Other() { end(); }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;

  int pid() const { return pid_; }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

// Holds the file as a daemon does; nothing removes it when that is killed.
std::function<void()> daemon_with(const std::string& path) {
  return [path] { new PidFile(path); };
}

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Errc code_of_taking(const std::string& path, const std::string& reason) {
  try {
    PidFile file(path);
  } catch (const agent::Error& error) {
    CHECK_THAT(error.what(), Catch::Contains(reason));
    return error.code();
  }
  FAIL("it was taken");
  return Errc::io;
}

// As if it had been written before all processes that run.
void make_old(const std::string& path) {
  const std::array<timespec, 2> times{timespec{1'000'000'000, 0}, timespec{1'000'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
}

}  // namespace

TEST_CASE("A daemon that has been told to end says so, and holds its place", "[host]") {
  TempDir dir;
  const std::string path = dir.file("pid");
  {
    const Other daemon(daemon_with(path));
    CHECK_FALSE(is_stopping(path));
  }
  const Other daemon([&path] { (new PidFile(path))->mark_stopping(); });
  CHECK(is_stopping(path));
  CHECK(text_of(path) == std::to_string(daemon.pid()) + "\nstopping\n");
  CHECK(daemon_of(path) == daemon.pid());
  CHECK_FALSE(is_stopping(dir.file("none")));
}

TEST_CASE("A pid file holds the id of its process and goes away with the object", "[host]") {
  const TempDir dir;
  const std::string path = dir.file("x.pid");
  CHECK(daemon_of(path) == 0);
  {
    const PidFile file(path);
    CHECK(text_of(path) == std::to_string(::getpid()) + "\n");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == (0644 & ~::umask(::umask(0))));
  }
  CHECK_FALSE(pid_file_exists(path));
}

TEST_CASE("There are never two for one pid file", "[host]") {
  const TempDir dir;
  const std::string path = dir.file("x.pid");
  Other daemon(daemon_with(path));
  const std::string words = "already runs as process " + std::to_string(daemon.pid());
  CHECK(daemon_of(path) == daemon.pid());
  CHECK(code_of_taking(path, words) == Errc::busy);
  SECTION("whatever somebody has written into it") {
    std::ofstream(path) << "1\n";
    CHECK(daemon_of(path) == daemon.pid());
    CHECK(code_of_taking(path, words) == Errc::busy);
  }
  SECTION("also when somebody has removed it") {
    REQUIRE(::unlink(path.c_str()) == 0);
    CHECK(daemon_of(path) == daemon.pid());
    CHECK(code_of_taking(path, words) == Errc::busy);
    CHECK_FALSE(pid_file_exists(path));  // nothing is left of the attempt
  }
  SECTION("also by another way to the same directory") {
    REQUIRE(::unlink(path.c_str()) == 0);
    std::filesystem::create_directory_symlink(dir.path(), dir.path() + ".link");
    CHECK(daemon_of(dir.path() + ".link/x.pid") == daemon.pid());
    std::filesystem::remove(dir.path() + ".link");
  }
  SECTION("and it is free when that one was killed") {
    daemon.end();
    CHECK(daemon_of(path) == 0);
    const PidFile file(path);
    CHECK(text_of(path) == std::to_string(::getpid()) + "\n");
  }
}

TEST_CASE("One of many that start at once gets the pid file", "[host]") {
  const TempDir dir;
  const std::string path = dir.file("x.pid");
  std::ofstream(path) << "4194304\n";  // stale
  std::array<int, 2> go{};
  REQUIRE(::pipe(go.data()) == 0);
  std::vector<pid_t> starters;
  for (int i = 0; i < 20; ++i) {
    starters.push_back(::fork());
    if (starters.back() != 0) continue;
    ::close(go[1]);
    char nothing = 0;
    while (::read(go[0], &nothing, 1) > 0) continue;  // until all are there
    try {
      const PidFile file(path);
      for (;;) ::pause();
    } catch (const agent::Error& error) {
      ::_exit(error.code() == Errc::busy ? 1 : 2);
    }
  }
  ::close(go[1]);
  int refused = 0, failed = 0;
  for (int i = 0; i < 19; ++i) {
    int status = 0;
    REQUIRE(::waitpid(-1, &status, 0) > 0);
    (WEXITSTATUS(status) == 1 ? refused : failed)++;
  }
  CHECK(refused == 19);
  CHECK(failed == 0);
  for (const pid_t pid : starters) ::kill(pid, SIGKILL);
  REQUIRE(::waitpid(-1, nullptr, 0) > 0);
  ::close(go[0]);
}

TEST_CASE("A stale pid file is taken over", "[host]") {
  const TempDir dir;
  const std::string path = dir.file("x.pid");
  SECTION("of a process that ended") { std::ofstream(path) << "4194304\n"; }
  SECTION("of one that ended before it wrote") { std::ofstream(path) << ""; }
  SECTION("of one whose number a younger process has got, as after a boot") {
    std::ofstream(path) << ::getppid() << "\n";
    make_old(path);
  }
  const PidFile file(path);
  CHECK(text_of(path) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("What is not ours to overwrite is refused in plain words", "[host]") {
  const TempDir dir;
  const std::string path = dir.file("x.pid");
  SECTION("the file of another program that runs") {
    Other sshd([&] { std::ofstream(path) << ::getpid() << "\n"; });
    CHECK(code_of_taking(path, "process " + std::to_string(sshd.pid()) + ", which runs") == Errc::refused);
    CHECK(text_of(path) == std::to_string(sshd.pid()) + "\n");
  }
  SECTION("a file of something else") {
    std::ofstream(path) << "root:x:0:0\n";
    CHECK(code_of_taking(path, "something else in it than a process id") == Errc::refused);
    CHECK(text_of(path) == "root:x:0:0\n");
  }
  SECTION("a link") {
    std::filesystem::create_symlink(dir.file("target"), path);
    CHECK(code_of_taking(path, "it is a link") == Errc::refused);
    CHECK_FALSE(pid_file_exists(dir.file("target")));
  }
  SECTION("a second name of a file") {
    std::ofstream(dir.file("shadow")) << "";
    std::filesystem::create_hard_link(dir.file("shadow"), path);
    CHECK(code_of_taking(path, "second name") == Errc::refused);
  }
  SECTION("a directory") {
    std::filesystem::create_directory(path);
    CHECK(code_of_taking(path, "it is a directory") == Errc::refused);
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(code_of_taking(path, "no regular file") == Errc::refused);
  }
  SECTION("a file in a directory that does not exist") {
    CHECK(code_of_taking(dir.file("none/x.pid"), "No such file or directory") == Errc::io);
  }
  if (agent::host::is_root()) {
    SECTION("another user's file") {
      std::ofstream(path) << "";
      REQUIRE(::chown(path.c_str(), 4711, 4711) == 0);
      CHECK(code_of_taking(path, "another user, 4711") == Errc::refused);
    }
  }
}

TEST_CASE("A place that may not be written is refused in plain words", "[host]") {
  const TempDir dir;
  REQUIRE(::chmod(dir.path().c_str(), 0555) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (agent::host::is_root() && ::setuid(4711) != 0) ::_exit(3);
    try {
      PidFile file(dir.file("x.pid"));
    } catch (const agent::Error& error) {
      ::_exit(std::string(error.what()).ends_with("Permission denied") ? 0 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("A reader that locks the pid file keeps nobody from it", "[host]") {
  const TempDir dir;
  const std::string path = dir.file("x.pid");
  std::ofstream(path) << "4194304\n";
  Other reader([&] {
    struct flock lock {};
    lock.l_type = F_RDLCK;
    if (::fcntl(::open(path.c_str(), O_RDONLY), F_SETLK, &lock) != 0) throw std::runtime_error("lock");
  });
  CHECK(daemon_of(path) == 0);
  const PidFile file(path);
  CHECK(text_of(path) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("A pid file whose place another file has taken leaves that one", "[host]") {
  const TempDir dir;
  const std::string path = dir.file("x.pid");
  PidFile file(path);
  REQUIRE(::unlink(path.c_str()) == 0);
  std::ofstream(path) << "another\n";
  file.remove();
  CHECK(text_of(path) == "another\n");
}

TEST_CASE("The holders of write locks are read from /proc/locks", "[host]") {
  CHECK(lock_holders("1: POSIX  ADVISORY  WRITE 812 08:01:12345 0 EOF\n"
                     "1: -> POSIX  ADVISORY  WRITE 813 08:01:12345 0 EOF\n"
                     "2: FLOCK  ADVISORY  WRITE 814 08:01:1 0 EOF\n"
                     "3: POSIX  ADVISORY  READ 815 08:01:2 0 EOF\n"
                     "4: POSIX  ADVISORY  WRITE 816 08:01:3 100 200\n"
                     "5: POSIX  MANDATORY WRITE 817 08:01:3 0 EOF\n"
                     "6: OFDLCK ADVISORY  WRITE -1 08:01:4 0 EOF\n"
                     "7: POSIX  ADVISORY  WRITE 0 00:2e:5 0 EOF\nrubbish\n") == std::vector<int>{812, 817});
  CHECK(lock_holders("").empty());
}
