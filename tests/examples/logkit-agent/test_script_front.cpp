#include "examples/logkit-agent/read/script_front.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/processes.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "stream_scene.hpp"
#include "tests/support/variable.hpp"

using namespace logkit;

namespace {

using Texts = std::vector<std::string>;

// It has ended, if only its parent does not know yet.
bool is_gone(int pid) {
  agent::ProcessFiles files;
  const auto stat = agent::parse_process_stat(files.read(pid, "stat"));
  return !stat || stat->state == 'Z';
}

void wait_until_gone(int pid) {
  test::wait_until("the process has ended", [&] { return is_gone(pid); });
}

struct Scene {
  explicit Scene(const std::string& text, std::string more = "") : options(std::move(more)) {
    std::filesystem::create_directories(dir.file("scripts"));
    ::chmod(dir.file("scripts").c_str(), 0755);
    ::chmod(dir.write("scripts/s", text).c_str(), 0755);
  }
  std::unique_ptr<test::StreamScene> start(bool is_once = true) const {
    return std::make_unique<test::StreamScene>(
        R"("mode": "script", "log_path": ")" + dir.file("scripts/s") + "\"" + options,
        [&](const StreamSource& source, LineSpool& spool) {
          return std::make_unique<ScriptFront>(source, spool, ScriptRights({dir.file("scripts")}), dir.path(),
                                               is_once);
        });
  }
  std::unique_ptr<test::StreamScene> run() const {
    auto stream = start();
    test::wait_until("the run has ended", [&] { return stream->has_ended.load(); });
    stream->take();
    return stream;
  }

  test::TempDir dir;
  std::string options;
};

}  // namespace

TEST_CASE("The lines of a script are read with a last one that has no end", "[examples]") {
  const Scene scene("#!/bin/sh\necho one\nprintf 'two\\nthree'\n");
  const auto stream = scene.run();
  CHECK(stream->lines == Texts{"one", "two", "three"});
  CHECK(stream->sources.front() == scene.dir.file("scripts/s"));
  const FrontStatus status = stream->front->status();
  CHECK(status.runs == 1);
  CHECK(status.exit_code == 0);
  CHECK(status.problem.empty());
}

TEST_CASE("A script that fails is told with its exit code and what it complained of", "[examples]") {
  const Scene scene("#!/bin/sh\necho one\necho 'no disk' >&2\nexit 3\n");
  const auto stream = scene.run();
  CHECK(stream->lines == Texts{"one"});
  CHECK(stream->front->status().exit_code == 3);
  CHECK(stream->front->status().failures == 1);
  CHECK(stream->front->status().problem == scene.dir.file("scripts/s") + ": exit code 3: no disk");
}

TEST_CASE("A script that hangs is killed with what it has started", "[examples]") {
  const Scene scene("#!/bin/sh\nsleep 1000 &\necho $!\nsleep 1000\n", R"(, "script_timeout": "300ms")");
  const auto stream = scene.run();
  REQUIRE(stream->lines.size() == 1);
  wait_until_gone(std::stoi(stream->lines.front()));
  CHECK(stream->front->status().problem.find("killed after 300ms") != std::string::npos);
}

TEST_CASE("What a script has started in a session of its own is killed with it", "[examples]") {
  // A child, and a grandchild whose parent has ended. `end` is what the script does when both have begun.
  const auto text = [](const std::string& end) {
    return "#!/bin/sh\nexport f=$0\nsetsid sh -c 'echo $$; : > $f.1; exec sleep 1000' &\n"
           "setsid sh -c 'setsid sh -c \"echo \\$\\$; : > $f.2; exec sleep 1000\" &' &\n"
           "until [ -e $f.1 ] && [ -e $f.2 ]; do sleep 0.02; done\n" +
           end;
  };
  SECTION("when it has written too much") {
    const Scene scene(text("yes"), R"(, "script_max_output": 1048576)");
    const auto stream = scene.run();
    REQUIRE(stream->lines.size() > 2);
    for (int i = 0; i < 2; ++i) wait_until_gone(std::stoi(stream->lines[static_cast<std::size_t>(i)]));
  }
  SECTION("when its runner ends") {
    const Scene scene(text("sleep 1000"));
    const auto stream = scene.start(false);
    stream->wait_for(2);
    stream->stop();
    for (const std::string& line : stream->lines) wait_until_gone(std::stoi(line));
  }
}

TEST_CASE("What left its process group and outlived a kill of the program is ended before the next run",
          "[examples]") {
  const Scene scene("#!/bin/sh\necho run\n");
  ScriptProcess orphan({"/bin/sh", "-c", "setsid sleep 1000 & echo $!; exec sleep 1000"});
  char text[32] = {};
  test::wait_until("the child has begun", [&] { return ::read(orphan.output(), text, sizeof text - 1) > 0; });
  const int child = std::stoi(text);
  scene.dir.write("script", std::to_string(orphan.pid()) + " " + std::to_string(orphan.start_ticks()) + " " +
                                orphan.mark());
  CHECK(scene.run()->lines == Texts{"run"});
  wait_until_gone(orphan.pid());
  wait_until_gone(child);
}

TEST_CASE("What a script has written and finds no room at the end is counted", "[examples]") {
  const Scene scene(
      "#!/bin/sh\necho $$ > $0.pid\nexec yes 0123456789012345678901234567890123456789012345678\n",
      R"(, "spool_size": 1048576)");
  const auto stream = scene.start(false);
  test::wait_until("the spool is full", [&] { return stream->spool.bytes() >= 1 << 20; });
  int pid = 0;
  std::ifstream(scene.dir.file("scripts/s.pid")) >> pid;
  agent::ProcessFiles files;
  test::wait_until("the script waits for a reader", [&] {
    const auto stat = agent::parse_process_stat(files.read(pid, "stat"));
    return stat && stat->state == 'S';
  });
  stream->stop();
  CHECK(stream->spool.lost_bytes() > 0);
}

TEST_CASE("A script that writes without end is killed", "[examples]") {
  const Scene scene("#!/bin/sh\nyes\n", R"(, "script_max_output": 1048576)");
  const auto stream = scene.run();
  CHECK(stream->front->status().problem.find("bytes of output") != std::string::npos);
  CHECK(stream->lines.size() >= 1048576 / 2);
  CHECK(stream->lines.size() < 2 * 1048576);
  const Scene one("#!/bin/sh\ntr '\\0' x < /dev/zero\n",
                  R"(, "script_max_output": 4194304, "spool_size": 1048576)");
  const auto cut = one.run();
  REQUIRE(cut->lines.size() == 1);
  CHECK(cut->lines.front().size() == 256 * 1024);
  CHECK(cut->cut > 3'000'000);
}

TEST_CASE("What a script leaves in the background lives on and holds nobody up", "[examples]") {
  const Scene scene("#!/bin/sh\nsleep 1000 &\necho $!\n");
  const auto stream = scene.run();
  REQUIRE(stream->lines.size() == 1);
  const int pid = std::stoi(stream->lines.front());
  CHECK_FALSE(is_gone(pid));
  CHECK(stream->front->status().problem.empty());
  ::kill(pid, SIGKILL);
}

TEST_CASE("A script runs again after its pause and never beside itself", "[examples]") {
  const Scene scene("#!/bin/sh\nmkdir \"$0.lock\" || echo twice\nsleep 0.2\necho run\nrmdir \"$0.lock\"\n",
                    R"(, "script_cron": "loop 1s")");
  const auto stream = scene.start(false);
  stream->wait_for(3);
  CHECK(stream->lines == Texts{"run", "run", "run"});
  CHECK(stream->front->status().runs >= 2);
}

TEST_CASE("A script without times runs once and one that waits for its time not at the start", "[examples]") {
  const Scene scene("#!/bin/sh\necho run\n");
  const auto stream = scene.start(false);
  test::wait_until("the run has ended", [&] { return stream->has_ended.load(); });
  stream->take();
  CHECK(stream->lines == Texts{"run"});
  const Scene later("#!/bin/sh\necho run\n",
                    R"(, "script_cron": "0 0 29 2 *", "script_exec_onstart": "false")");
  const auto waiting = later.start(false);
  waiting->stop();
  waiting->take();
  CHECK(waiting->lines.empty());
  CHECK(waiting->front->status().runs == 0);
}

TEST_CASE("A script that runs when its runner ends is killed with what it has started", "[examples]") {
  const Scene scene("#!/bin/sh\nsleep 1000 &\necho $!\nwait\n");
  const auto stream = scene.start(false);
  stream->wait_for(1);
  const int pid = std::stoi(stream->lines.front());
  stream->stop();
  wait_until_gone(pid);
  CHECK(stream->front->status().problem.empty());
}

TEST_CASE("A run that outlived a kill of the program is ended before the next one", "[examples]") {
  const Scene scene("#!/bin/sh\necho run\n");
  ScriptProcess orphan({"/bin/sleep", "1000"});
  agent::ProcessFiles files;
  const auto stat = agent::parse_process_stat(files.read(orphan.pid(), "stat"));
  REQUIRE(stat);
  const auto note = [&](std::uint64_t start) {
    std::ofstream(scene.dir.file("script")) << orphan.pid() << " " << start;
    return scene.run()->lines;
  };
  CHECK(note(stat->start_ticks + 1) == Texts{"run"});  // another process has that number now
  CHECK_FALSE(is_gone(orphan.pid()));
  CHECK(note(stat->start_ticks) == Texts{"run"});
  wait_until_gone(orphan.pid());
}

TEST_CASE("A script knows no secrets and has signals and files as a new program has them", "[examples]") {
  const test::Variable token("LIBAGENT_BASIC_TOKEN", "secret");
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const Scene scene(
      "#!/bin/sh\nenv\npwd\nls -l /proc/self/fd\ngrep -E 'SigIgn|SigBlk' /proc/self/status\nwc -c\n");
  const auto stream = scene.run();
  ::signal(SIGPIPE, before);
  std::string all;
  for (const std::string& line : stream->lines) all += line + "\n";
  INFO(all);
  CHECK(all.find("secret") == std::string::npos);
  CHECK(all.find("PATH=/usr/local/sbin") != std::string::npos);
  CHECK(all.find("\n/\n") != std::string::npos);
  CHECK(all.find(stream->dir.path()) == std::string::npos);
  CHECK(all.find("SigBlk:\t0000000000000000\n") != std::string::npos);
  // The C library has two signals for itself.
  const std::string mask = all.substr(all.find("SigIgn:\t") + 8, 16);
  CHECK((std::stoull(mask, nullptr, 16) & 0x7FFFFFFFU) == 0);
  CHECK(stream->lines.back() == "0");
}

TEST_CASE("A script is checked before each run", "[examples]") {
  const Scene scene("#!/bin/sh\necho run\n");
  ::chmod(scene.dir.file("scripts/s").c_str(), 0775);
  CHECK(scene.run()->front->status().problem.find("may change it") != std::string::npos);
  ::chmod(scene.dir.file("scripts/s").c_str(), 0644);
  CHECK(scene.run()->front->status().problem.find("Permission denied") != std::string::npos);
  const Scene shell("echo run\n", R"(, "script_exec_interprepter": "/bin/bash")");
  ::chmod(shell.dir.file("scripts/s").c_str(), 0644);
  CHECK(shell.run()->lines == Texts{"run"});
  const Scene other("echo run\n", R"(, "script_exec_interprepter": "/usr/bin/env")");
  CHECK(other.run()->front->status().problem.find("/usr/bin/env: not below") != std::string::npos);
}

TEST_CASE("A script that is refused is run when that has changed and told once until then", "[examples]") {
  for (const bool has_times : {false, true}) {
    const Scene scene("#!/bin/sh\necho run\n", has_times ? R"(, "script_cron": "loop 1s")" : "");
    const auto set = [&](unsigned mode) { ::chmod(scene.dir.file("scripts/s").c_str(), mode); };
    set(0775);
    const auto stream = scene.start(false);
    stream->wait_for_problem("may change it");
    // Time passes for the refused script: another one runs every second.
    const Scene other("#!/bin/sh\necho run\n", R"(, "script_cron": "loop 1s")");
    other.start(false)->wait_for(3);
    CHECK(stream->front->status().failures == 1);
    set(0644);
    stream->wait_for_problem("Permission denied");
    CHECK(stream->front->status().failures == 2);
    set(0755);
    stream->wait_for(1);
    CHECK(stream->lines == Texts{"run"});
    test::wait_until("the problem is over", [&] { return stream->front->status().problem.empty(); });
    CHECK(stream->front->status().failures == 2);
    if (!has_times) test::wait_until("nothing more is to be run", [&] { return stream->has_ended.load(); });
  }
}
