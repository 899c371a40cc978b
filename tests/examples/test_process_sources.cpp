// Processes of this machine beside a second source in the same second. Tolerances stand where they are used;
// the machine may be idle or loaded.
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/examples/own_sockets.hpp"
#include "tests/examples/sampled_agent.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/program.hpp"

using namespace std::chrono_literals;
using agent::wire::Connection;
using agent::wire::ProcessUsage;

namespace {

std::set<int> ids_by_ps() {
  std::istringstream text(output_of("ps -e -o pid="));
  std::set<int> ids;
  for (int pid = 0; text >> pid;) ids.insert(pid);
  return ids;
}

ProcessUsage process_of(const std::vector<ProcessUsage>& processes, int pid) {
  const auto found = std::find_if(processes.begin(), processes.end(),
                                  [pid](const ProcessUsage& one) { return one.pid == pid; });
  REQUIRE(found != processes.end());
  return *found;
}

std::chrono::nanoseconds cpu_of(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  REQUIRE(::clock_getcpuclockid(pid, &clock) == 0);
  REQUIRE(::clock_gettime(clock, &used) == 0);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// Runs `work` in a child as nobody, who has inherited no sockets. The child ends with 0 when it returns true,
// 77 when it cannot be nobody.
int as_nobody(const std::function<bool()>& prepare, const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close_range(3, ~0U, 0);
    if (!prepare()) ::_exit(77);
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(77);
    ::_exit(work() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("A process has the same figures as for ps", "[examples]") {
  test::Program sleeper("/bin/sleep", {"1000", "--", "1"});
  test::wait_until("the program sleeps", [&sleeper] {
    agent::ProcessFiles files;
    const auto stat = agent::parse_process_stat(files.read(sleeper.pid(), "stat"));
    return stat && stat->name == "sleep" && stat->state == 'S';
  });
  SampledAgent sampled({});
  const ProcessUsage ours = process_of(sampled.processes(), sleeper.pid());
  std::istringstream text(
      output_of("ps -ww -o ppid=,user:64=,rss=,vsz=,pmem=,args= -p " + std::to_string(sleeper.pid())));
  int parent = 0;
  std::string user;
  std::uint64_t rss = 0;
  std::uint64_t vsz = 0;
  double percent = 0;
  std::string arguments;
  text >> parent >> user >> rss >> vsz >> percent >> std::ws;
  std::getline(text, arguments);
  CHECK(ours.parent == parent);
  CHECK(ours.user == user);
  CHECK(ours.vms == vsz * 1024);
  // The kernel counts pages for each processor, and adds them up now and then: 64 pages are its slack.
  CHECK(static_cast<double>(ours.rss) == Approx(static_cast<double>(rss) * 1024).margin(64 * 4096));
  CHECK(ours.memory.value == Approx(percent).margin(0.1));
  std::string line;
  for (const std::string& one : ours.cmd) line += (line.empty() ? "" : " ") + one;
  CHECK(line == arguments);
}

TEST_CASE("Every process that ps shows is in the list", "[examples]") {
  SampledAgent sampled({});
  const std::set<int> before = ids_by_ps();
  std::set<int> ours;
  for (const ProcessUsage& one : sampled.processes()) ours.insert(one.pid);
  const std::set<int> after = ids_by_ps();
  for (const int pid : before) {
    INFO(pid);
    CHECK((ours.contains(pid) || !after.contains(pid)));
  }
}

TEST_CASE("The CPU share is what the kernel's clock of the process says", "[examples]") {
  test::Program burner("/bin/sh", {"-c", "while :; do :; done"});
  SampledAgent sampled({});
  // It goes on while we look, so that what it used lies between what two clocks say.
  const std::chrono::nanoseconds before_first = cpu_of(burner.pid());
  sampled.processes();
  const std::chrono::nanoseconds after_first = cpu_of(burner.pid());
  test::wait_until(
      "some CPU", [&] { return cpu_of(burner.pid()) - after_first >= 200ms; }, 150s);
  sampled.server->advance(10s);  // of the clock that the share is over
  const std::chrono::duration<double> least = cpu_of(burner.pid()) - after_first;
  const ProcessUsage ours = process_of(sampled.processes(), burner.pid());
  const std::chrono::duration<double> most = cpu_of(burner.pid()) - before_first;
  CHECK_FALSE(ours.whole_life);
  // Both times are cut to hundredths of a second, user and system time apart: 0.1 % each.
  CHECK(ours.cpu.value >= least.count() * 10 - 0.4);
  CHECK(ours.cpu.value <= most.count() * 10 + 0.4);
}

TEST_CASE("Processes are listed without root, and sockets of others have pid 0", "[examples]") {
  const OwnSockets sockets;
  const int parent = ::getpid();
  const std::string address = "127.0.0.1:" + std::to_string(sockets.port());
  const int code = as_nobody(
      [] { return true; },
      [&] {
        ProcessShares shares(100);
        agent::AccountNames accounts;
        SocketSource source("/");
        ProcessOptions options;
        ProcessPass processes(options, {shares, accounts, source}, 0);
        while (processes.step(1000).more) {
        }
        ConnectionPass connections(options, source, socket_kinds({"tcp"}));
        while (connections.step(1000).more) {
        }
        const auto list = processes.take().processes;
        const auto found =
            std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.pid == parent; });
        if (found == list.end() || found->user.empty() || found->rss == 0 || found->conns != 0) return false;
        const auto rows = connections.take().connections;
        return processes.warnings() == 0 && std::any_of(rows.begin(), rows.end(), [&](const Connection& one) {
                 return one.local == address && one.status == "LISTEN" && one.pid == 0 && one.fd == 0;
               });
      });
  if (code == 77) WARN("not looked at: this user cannot become another one");
  CHECK((code == 0 || code == 77));
}

TEST_CASE("The list has the own processes of a user with hidepid=2, and is no warning", "[examples]") {
  const test::TempDir root;
  const std::string proc = root.file("proc");
  const int code = as_nobody(
      [&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
          return false;
        return ::chmod(root.path().c_str(), 0755) == 0 && ::mkdir(proc.c_str(), 0755) == 0 &&
               ::mount("proc", proc.c_str(), "proc", 0, "hidepid=2") == 0;
      },
      [&] {
        ProcessShares shares(100);
        agent::AccountNames accounts;
        SocketSource source(root.path());
        ProcessOptions options;
        options.root = root.path();
        ProcessPass processes(options, {shares, accounts, source}, 0);
        while (processes.step(1000).more) {
        }
        const auto list = processes.take().processes;
        const auto is_own = [](const ProcessUsage& one) { return one.pid == ::getpid(); };
        const std::string nobody = accounts.user(65534);
        return processes.warnings() == 0 && std::any_of(list.begin(), list.end(), is_own) &&
               std::all_of(list.begin(), list.end(), [&](const auto& one) { return one.user == nobody; });
      });
  if (code == 77) WARN("not looked at: this user cannot mount /proc");
  CHECK((code == 0 || code == 77));
}
