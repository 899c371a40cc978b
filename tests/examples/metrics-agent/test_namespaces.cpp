// The host's numbers in surroundings that the kernel makes for a child of the test: processes, mounts and
// network of its own. Nothing of them is left when the child has ended.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <set>
#include <string>

#include "examples/metrics-agent/host/facts_reader.hpp"
#include "examples/metrics-agent/host/usage_reader.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

constexpr int kCannot = 77;
constexpr int kTakesTooLong = 60'000;  // milliseconds
constexpr uid_t kNobody = 65534;

int code_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// `work` in a child that is the first process of its own, with a /proc of its own with these options; what it
// returns is the code of its end, which this returns.
int in_namespaces(int further, const char* proc_options, const std::function<int()>& work) {
  if (!test::kMayForkWithThreads) return kCannot;
  const pid_t outer = ::fork();
  if (outer == 0) {
    if (::unshare(CLONE_NEWNS | CLONE_NEWPID | further) != 0) ::_exit(kCannot);
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(kCannot);
    const pid_t inner = ::fork();
    if (inner != 0) ::_exit(code_of(inner));
    if (::mount("proc", "/proc", "proc", 0, proc_options) != 0) ::_exit(kCannot);
    ::_exit(work());
  }
  return code_of(outer);
}

void check(int code) {
  if (code == kCannot) WARN("not looked at: this user or kernel cannot make it");
  CHECK((code == 0 || code == kCannot));
}

struct Machine {
  explicit Machine(HostOptions given) : options(std::move(given)) {}
  HostOptions options;
  std::atomic<std::uint64_t> warnings{0};
  host::UsageReader usage{options, warnings};
  agent::wire::StaticReply facts() { return host::FactsReader(options, warnings).read(); }
};

// An automounter that nobody serves: whoever asks it to mount waits, and is heard at the pipe.
class Automounter {
 public:
  Automounter() {
    if (::pipe(pipe_.data()) != 0) pipe_ = {-1, -1};
  }
  bool mount(const std::string& point, const std::string& kind) const {
    const std::string options = "fd=" + std::to_string(pipe_[1]) + ",pgrp=" + std::to_string(::getpgrp()) +
                                ",minproto=5,maxproto=5," + kind;
    return ::mount("test", point.c_str(), "autofs", 0, options.c_str()) == 0;
  }
  // Runs `work` in a process that the automounter takes for any other; 1 when it was asked to mount.
  int hears(const std::function<int()>& work) const {
    std::array<int, 2> ended{};
    if (::pipe(ended.data()) != 0) return kCannot;
    const pid_t child = ::fork();
    if (child == 0) {
      ::setpgid(0, 0);
      ::close(ended[0]);
      ::_exit(work());
    }
    ::close(ended[1]);
    std::array<pollfd, 2> watched{{{pipe_[0], POLLIN, 0}, {ended[0], POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), kTakesTooLong);
    ::kill(child, SIGKILL);  // one that waits for the mount never ends
    const int code = code_of(child);
    pollfd asked{pipe_[0], POLLIN, 0};
    return ::poll(&asked, 1, 0) == 1 ? 1 : code;
  }

 private:
  std::array<int, 2> pipe_{};
};

std::set<std::string> names_of(const agent::wire::HostUsage& usage) {
  std::set<std::string> names;
  for (const auto& part : usage.parts) names.insert("part " + part.name);
  for (const auto& interface : usage.interfaces) names.insert("interface " + interface.name);
  return names;
}

std::string text_of(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

}  // namespace

TEST_CASE("No automounter is asked to mount, whatever is to be reported", "[metrics][namespaces]") {
  const test::TempDir dir;
  const std::string direct = dir.file("direct");
  const std::string indirect = dir.file("indirect");
  check(in_namespaces(0, nullptr, [&] {
    ::setpgid(0, 0);
    const Automounter automounter;
    ::mkdir(direct.c_str(), 0755);
    ::mkdir(indirect.c_str(), 0755);
    if (!automounter.mount(direct, "direct") || !automounter.mount(indirect, "indirect")) return kCannot;
    const int heard = automounter.hears([] {
      HostOptions options;
      options.mounts.types = {"*"};
      Machine machine(options);
      machine.usage.sample();
      const auto usage = machine.usage.sample();
      machine.facts();
      return usage.parts.empty() ? 2 : 0;
    });
    if (heard != 0) return heard;
    // It would have been heard.
    struct statvfs answer {};
    return automounter.hears([&] { return ::statvfs(direct.c_str(), &answer); }) == 1 ? 0 : 3;
  }));
}

TEST_CASE("The host's numbers are whole for nobody with hidepid=2, and are no warning",
          "[metrics][namespaces]") {
  check(in_namespaces(0, "hidepid=2", [] {
    const pid_t child = ::fork();
    if (child != 0) return code_of(child);
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(kCannot);
    if (::access("/proc/1/mountinfo", R_OK) == 0) ::_exit(2);  // process 1 is hidden
    Machine machine{HostOptions()};
    machine.usage.sample();
    const auto usage = machine.usage.sample();
    const auto facts = machine.facts();
    const bool has_root =
        !usage.parts.empty() && usage.parts.front().name == "/" && usage.parts.front().used > 0;
    const bool is_whole = has_root && usage.memory.used > 0 && usage.cpu.load15.value >= 0 &&
                          !usage.interfaces.empty() && facts.cpu.logical > 0 && !facts.users.empty();
    ::_exit(is_whole && machine.warnings == 0 ? 0 : 1);
  }));
}

TEST_CASE("A container with the host's root mounted in it describes the host", "[metrics][namespaces]") {
  const test::TempDir dir;
  const std::string root = dir.file("host");
  const std::string own = dir.file("own");
  Machine outside{HostOptions()};
  const auto expected = outside.usage.sample();
  const std::uint64_t memory = outside.facts().memory.physical;
  const std::string names = text_of(names_of(expected));
  check(in_namespaces(CLONE_NEWNET | CLONE_NEWUTS, nullptr, [&] {
    // The first process has the container's /proc; what is below `root` is the host's, /proc included.
    ::umount("/proc");
    ::mkdir(root.c_str(), 0755);
    ::mkdir(own.c_str(), 0755);
    const bool made = ::mount("/", root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0 &&
                      ::mount("proc", "/proc", "proc", 0, nullptr) == 0 &&
                      ::mount("own", own.c_str(), "tmpfs", 0, nullptr) == 0 &&
                      ::sethostname("container", 9) == 0;
    if (!made) return kCannot;
    HostOptions options;
    options.root = root;
    options.mounts.types = {"tmpfs"};  // that of the container's own is not the host's
    Machine inside(options);
    HostOptions plain = options;
    plain.mounts.types = {};
    Machine machine(plain);
    const auto usage = machine.usage.sample();
    if (text_of(names_of(usage)) != names) return 1;
    if (usage.parts.front().used == 0) return 2;
    for (const auto& part : inside.usage.sample().parts)
      if (part.name.find(own) != std::string::npos) return 3;
    const auto facts = machine.facts();
    if (facts.memory.physical != memory || facts.host.name == "container") return 4;
    return machine.warnings == 0 ? 0 : 5;
  }));
}
