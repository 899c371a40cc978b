// What outlives a command, and what does not outlive a program that is killed.
#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "tests/host/process_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace test;

namespace {

using std::chrono::milliseconds;

// Commands that leave a process in the background, whose id stands in the file "pid" of their directory.
const std::string kLeftBehind[] = {
    "nohup sh -c 'echo $$ >pid; exec sleep 300' &",
    "nohup sh -c 'echo $$ >pid; exec sleep 300' >/dev/null 2>&1 </dev/null &",
    "setsid sh -c 'echo $$ >pid; exec sleep 300' &",
    "setsid sh -c 'echo $$ >pid; exec sleep 300' >/dev/null 2>&1 </dev/null &",
    "(setsid sh -c 'echo $$ >pid; exec sleep 300' &) &",
    "sh -c 'echo $$ >pid; exec sleep 300' >/dev/null 2>&1 &",
    "/usr/bin/python3 -c 'import os, time\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    "open(\"pid\", \"w\").write(str(os.getpid()) + \"\\n\")\n"
    "for number in range(3): os.close(number)\n"
    "time.sleep(300)'",
};
constexpr int kTimes = 10;

// What the file says once it says something.
Task<> read_pid(std::string file, std::vector<int>* pids) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (const auto end = Clock::now() + std::chrono::seconds(10); Clock::now() < end;) {
    int pid = 0;
    if (std::ifstream(file) >> pid) {
      pids->push_back(pid);
      co_return;
    }
    timer.expires_after(milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// Runs it to its end so many times, side by side, each in a directory of its own.
Task<> leave_behind(ChildReaper* reaper, ProcessOptions options, std::vector<int>* pids) {
  const std::string place = options.workdir;
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < kTimes; ++i) {
    options.workdir = place + "/" + std::to_string(i);
    std::filesystem::create_directory(options.workdir);
    processes.push_back(std::make_unique<Process>(*reaper, options));
  }
  for (const auto& process : processes) {
    std::string output;
    co_await read_to_end(process.get(), &output);
    const ExitStatus status = co_await process->wait();
    CHECK(status.code == 0);
  }
  for (int i = 0; i < kTimes; ++i) {
    std::string file = place + "/" + std::to_string(i) + "/pid";
    co_await read_pid(std::move(file), pids);
  }
}

Task<> tell_and_die(ChildReaper* reaper, std::vector<ProcessOptions> commands, int told) {
  std::vector<std::unique_ptr<Process>> processes;
  for (const ProcessOptions& options : commands) {
    processes.push_back(std::make_unique<Process>(*reaper, options));
    std::string output;
    co_await read_until(processes.back().get(), &output, "\n");
    if (::write(told, output.data(), output.size()) < 0) ::_exit(1);
  }
  ::raise(SIGKILL);
}

// One command that has ended and one that runs, when the reaper stops.
Task<> stop_between(ChildReaper* reaper, int* left, int* running) {
  Outcome ended;
  co_await run_to_end(reaper, shell("(setsid sh -c 'echo $$; exec sleep 300 >/dev/null 2>&1' &)"), &ended);
  *left = std::stoi(ended.output);
  Process other(*reaper, shell("(setsid sh -c 'echo $$; exec sleep 300' &); sleep 300"));
  std::string output;
  co_await read_until(&other, &output, "\n");
  *running = std::stoi(output);
  reaper->stop();
}

// A program of its own that starts these commands, waits until each has said a pid, tells them, and is
// killed.
std::vector<int> pids_of_a_killed_program(const std::vector<ProcessOptions>& commands) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t program = ::fork();
  if (program == 0) {
    with_reaper([&](ChildReaper* reaper) { return tell_and_die(reaper, commands, ends[1]); });
    ::_exit(1);
  }
  ::close(ends[1]);
  int status = 0;
  REQUIRE(::waitpid(program, &status, 0) == program);
  CHECK(WIFSIGNALED(status));
  std::string told;
  std::array<char, 4096> buffer;
  for (ssize_t size; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    told.append(buffer.data(), size);
  ::close(ends[0]);
  std::istringstream numbers(told);
  return {std::istream_iterator<int>(numbers), {}};
}

bool is_gone_within(std::chrono::seconds limit, int pid) {
  for (const auto end = Clock::now() + limit; test::is_alive(pid) && Clock::now() < end;)
    std::this_thread::yield();
  return !test::is_alive(pid);
}

}  // namespace

TEST_CASE("What a command leaves in the background lives on, each time, and without the reaper, too",
          "[host]") {
  const TempDir dir;
  ProcessOptions options = shell(GENERATE(from_range(std::begin(kLeftBehind), std::end(kLeftBehind))));
  options.terminal = GENERATE(true, false);
  options.workdir = dir.path();
  options.input_closed = true;
  CAPTURE(options.shell_line, options.terminal);
  std::vector<int> pids;
  with_reaper([&](ChildReaper* reaper) { return leave_behind(reaper, options, &pids); });
  CHECK(std::count_if(pids.begin(), pids.end(), test::is_alive) == kTimes);
  for (const int pid : pids) end_left_over(pid);
}

TEST_CASE("The first processes of running commands end with a program that is killed", "[host]") {
  std::vector<ProcessOptions> commands{shell("echo $$; exec sleep 300"),
                                       on_terminal("echo $$; exec sleep 300"),
                                       on_terminal("trap '' HUP; echo $$; while :; do sleep 300; done")};
  if (::geteuid() == 0) {
    for (std::size_t i = 0; i < 2; ++i) {  // a change of the user must not save it
      commands.push_back(commands[i]);
      commands.back().auth = Auth::su;
      commands.back().user = "nobody";
    }
  }
  const std::vector<int> pids = pids_of_a_killed_program(commands);
  CHECK(pids.size() == commands.size());
  for (const int pid : pids) CHECK(is_gone_within(std::chrono::seconds(10), pid));
}

TEST_CASE("What outlived its command outlives a program that is killed", "[host]") {
  const TempDir dir;
  ProcessOptions leaving = on_terminal(
      "nohup sh -c 'echo $$ >pid; exec sleep 300' >/dev/null 2>&1 & until [ -s pid ]; do :; done; cat pid");
  leaving.workdir = dir.path();
  const std::vector<int> pids = pids_of_a_killed_program({leaving, shell("echo $$; exec sleep 300")});
  REQUIRE(pids.size() == 2);
  CHECK(is_gone_within(std::chrono::seconds(10), pids[1]));
  CHECK(test::is_alive(pids[0]));
  ::kill(pids[0], SIGKILL);
}

TEST_CASE("A stop spares what an ended command has left behind, and nothing of a running one", "[host]") {
  int left = 0;
  int running = 0;
  with_reaper([&](ChildReaper* reaper) { return stop_between(reaper, &left, &running); });
  CHECK_FALSE(test::is_alive(running));
  CHECK(test::is_alive(left));
  end_left_over(left);
}
