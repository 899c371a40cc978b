#include "host/service/supervisor.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "tests/support/own_memory.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"

using agent::host::supervise;
using agent::host::SupervisorClock;
using agent::host::SupervisorOptions;
using std::chrono::hours;
using std::chrono::seconds;
using test::TempDir;

namespace {

// Stands still while a child runs, for whose end it waits in truth; jumps over every pause. `at_pause` and
// `at_wait` may say which signal comes there.
class FakeClock final : public SupervisorClock {
 public:
  TimePoint now() override { return now_; }

  int wait(std::optional<TimePoint> deadline) override {
    if (const int number = std::exchange(next_signal, 0)) return number;
    if (deadline && !has_child()) {
      ++pauses;
      now_ = *deadline;
      return at_pause(*this);
    }
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    const timespec limit{test::kPatience.count(), 0};
    const int number = ::sigtimedwait(&set, nullptr, &limit);
    if (number < 0 && errno == EAGAIN) throw test::TimedOut("the end of the child");
    return number == SIGCHLD ? SIGCHLD : 0;
  }

  TimePoint now_{hours(5)};
  int pauses = 0;
  int next_signal = 0;
  std::function<int(FakeClock&)> at_pause = [](FakeClock&) { return 0; };

 private:
  // One that has ended counts, too, until it is collected.
  static bool has_child() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  }
};

// Signals and log of the test as they were, afterwards.
class Quiet {
 public:
  Quiet() : level_(agent::log::level()) {
    agent::log::set_level(agent::log::Level::error);
    ::sigprocmask(SIG_SETMASK, nullptr, &before_);
  }
  ~Quiet() {
    timespec none{};
    sigset_t wakers;
    ::sigemptyset(&wakers);
    for (const int number : {SIGCHLD, SIGIO}) ::sigaddset(&wakers, number);
    while (::sigtimedwait(&wakers, nullptr, &none) > 0) continue;
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    agent::log::set_level(level_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  agent::log::Level level_;
  sigset_t before_;
};

SupervisorOptions shell(const std::string& script, unsigned max_exits = 0) {
  SupervisorOptions options;
  options.command.arguments = {"/bin/sh", "-c", script};
  options.max_exits = max_exits;
  return options;
}

std::size_t count_descriptors() {
  const std::filesystem::directory_iterator begin("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

}  // namespace

TEST_CASE("A supervisor outlives a thousand deaths without a zombie, a leak or a descriptor", "[host]") {
  const Quiet quiet;
  FakeClock clock;
  SupervisorOptions options;
  options.command.arguments = {"/bin/false"};
  options.max_exits = 20;
  CHECK(supervise(options, clock) == 1);  // what is made once is made
  const std::size_t descriptors = count_descriptors();
  const std::size_t memory = test::resident_bytes();
  clock.pauses = 0;
  options.max_exits = 1000;
  CHECK(supervise(options, clock) == 1);
  CHECK(clock.pauses == 999);
  CHECK_FALSE(has_children());
  CHECK(count_descriptors() == descriptors);
  if (!test::kSanitized) CHECK(test::resident_bytes() < memory + 256 * 1024);
}

TEST_CASE("A supervisor that is told to stop while no child runs leaves without starting one", "[host]") {
  const Quiet quiet;
  const TempDir dir;
  FakeClock clock;
  clock.at_pause = [](FakeClock& c) { return c.pauses == 3 ? SIGTERM : 0; };
  const std::string lives = dir.file("lives");
  CHECK(supervise(shell("echo x >> '" + lives + "'; exit 5"), clock) == 0);
  CHECK(std::filesystem::file_size(lives) == 3 * 2);
}

TEST_CASE("A supervisor passes signals on to the child that runs", "[host]") {
  const Quiet quiet;
  const TempDir dir;
  const int number = GENERATE(SIGHUP, SIGINT, SIGTERM, SIGQUIT);
  const std::string seen = dir.file("seen");
  // HUP does not end the supervisor, so the child says by 78 that it has seen it.
  const std::string script = "trap 'echo " + std::to_string(number) + " > \"" + seen + "\"; exit 78' " +
                             std::to_string(number) + "; : > \"" + dir.file("ready") +
                             "\"; while :; do sleep 0.01; done";
  SupervisorOptions options = shell(script);
  FakeClock clock;
  options.began = [&](int) {
    test::wait_until("the trap", [&] { return std::filesystem::exists(dir.file("ready")); });
    clock.next_signal = number;
  };
  CHECK(supervise(options, clock) == (number == SIGHUP ? 78 : 0));
  CHECK(std::filesystem::exists(seen));
  CHECK_FALSE(has_children());
}

TEST_CASE("A signal that came before the first child ends it all the same", "[host]") {
  const Quiet quiet;
  agent::host::listen_to_signals();
  ::raise(SIGTERM);  // blocked: waits until the supervisor looks
  SupervisorOptions options = shell("exec sleep 1000");
  CHECK(supervise(options) == 0);
  CHECK_FALSE(has_children());
}

TEST_CASE("A supervisor started with its signals ignored has its meaning for them all the same", "[host]") {
  const Quiet quiet;
  for (const int number : {SIGCHLD, SIGHUP, SIGTERM}) ::signal(number, SIG_IGN);
  FakeClock clock;
  CHECK(supervise(shell("exit 7", 2), clock) == 7);  // with SIGCHLD ignored nobody learns the code
  ::raise(SIGTERM);
  CHECK(supervise(shell("exec sleep 1000")) == 0);
}

TEST_CASE("A program that cannot be started is an error the first time, and tried again later", "[host]") {
  const Quiet quiet;
  const TempDir dir;
  const std::string path = dir.write("program", "#!/bin/sh\nexit 3\n");
  SupervisorOptions options;
  options.command.arguments = {path};
  FakeClock clock;
  CHECK_THROWS_WITH(supervise(options, clock), Catch::Contains("exec " + path + ": Permission denied"));
  CHECK_FALSE(has_children());

  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  // As a package manager replaces it: gone for the second and third start, then there again.
  clock.at_pause = [&](FakeClock& c) {
    if (c.pauses == 1) std::filesystem::rename(path, path + ".new");
    if (c.pauses == 3) std::filesystem::rename(path + ".new", path);
    return 0;
  };
  agent::log::set_level(agent::log::Level::error);
  options.max_exits = 4;
  CHECK(supervise(options, clock) == 3);
  CHECK(clock.pauses == 3);
}

TEST_CASE("A first child is heard when it is ready, and when it ends before", "[host]") {
  const Quiet quiet;
  const TempDir dir;
  FakeClock clock;
  std::vector<std::string> told;
  SupervisorOptions options;
  options.began = [&](int pid) { told.push_back(pid > 0 ? "ready" : "nobody"); };
  options.ended_at_once = [&](int code, bool again) {
    told.push_back("ended " + std::to_string(code) + (again ? " again" : ""));
  };
  const auto run = [&](const std::string& script, unsigned max_exits) {
    told.clear();
    options.command.arguments = {"/bin/sh", "-c", script};
    options.max_exits = max_exits;
    options.until_ready = true;
    supervise(options, clock);
    return told;
  };
  using Told = std::vector<std::string>;
  const std::size_t descriptors = count_descriptors();
  CHECK(run("echo >&$AGENT_READY_FD; exit 3", 1) == Told{"ready"});
  CHECK(run("exit 3", 1) == Told{"ended 3"});
  CHECK(run("exit 3", 4) == Told{"ended 3 again"});  // told once, though it ends four times
  CHECK(run("exit 78", 0) == Told{"ended 78"});
  CHECK(run("kill -9 $$", 2) == Told{"ended 137 again"});
  CHECK(count_descriptors() == descriptors);
  // The second one is not asked any more.
  const std::string asked = dir.file("asked");
  run("echo \"<$AGENT_READY_FD>\" >> '" + asked + "'; exit 3", 2);
  std::stringstream text;
  text << std::ifstream(asked).rdbuf();
  CHECK_THAT(text.str(), Catch::EndsWith(">\n<>\n") && !Catch::StartsWith("<>"));
}

TEST_CASE("A child that is not ready yet is told to stop like any other", "[host]") {
  const Quiet quiet;
  SupervisorOptions options = shell("exec sleep 1000");
  options.until_ready = true;
  std::string told;
  options.began = [&](int) { told += "ready"; };
  options.ended_at_once = [&](int code, bool again) { told += std::to_string(code) + (again ? "+" : ""); };
  agent::host::listen_to_signals();
  ::raise(SIGTERM);
  CHECK(supervise(options) == 0);
  CHECK(told == "143");
}

TEST_CASE("A supervised child has nothing of its supervisor but stdout and stderr", "[host]") {
  const Quiet quiet;
  const TempDir dir;
  const std::string told = dir.file("told");
  const std::string script = "f='" + told +
                             "'; pwd > \"$f\"; umask >> \"$f\"; ls /proc/self/fd >> \"$f\"; cat >> \"$f\"; "
                             "grep SigBlk /proc/self/status >> \"$f\"; "
                             "[ $(ps -o pgid= -p $$) = $$ ] && exit 4";
  FakeClock clock;
  CHECK(supervise(shell(script, 1), clock) == 4);
  std::stringstream text;
  text << std::ifstream(told).rdbuf();
  // 3 is the directory that ls reads.
  CHECK(text.str() == "/\n0022\n0\n1\n2\n3\nSigBlk:\t0000000000000000\n");
}

TEST_CASE("A child that ignores its end is killed", "[host]") {
  const Quiet quiet;
  const TempDir dir;
  // Once the signal was passed on, its time passes: as if it had hung for 20 s.
  class Hanging final : public SupervisorClock {
   public:
    TimePoint now() override { return now_; }
    int wait(std::optional<TimePoint> deadline) override {
      if (std::exchange(tells_, false)) return SIGTERM;
      if (deadline) {
        now_ = *deadline;
        return 0;
      }
      sigset_t set;
      ::sigemptyset(&set);
      ::sigaddset(&set, SIGCHLD);
      return ::sigwaitinfo(&set, nullptr);
    }

   private:
    TimePoint now_{hours(1)};
    bool tells_ = true;
  } clock;
  SupervisorOptions options = shell("trap '' TERM; : > '" + dir.file("ready") + "'; exec sleep 1000");
  options.began = [&](int) {
    test::wait_until("the trap", [&] { return std::filesystem::exists(dir.file("ready")); });
  };
  CHECK(supervise(options, clock) == 0);
  CHECK_FALSE(has_children());
}
