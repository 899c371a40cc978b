// Samples of this machine beside a second source in the same second. Tolerances stand where they are used;
// the machine may be idle or loaded.
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/examples/sampled_agent.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace std::chrono_literals;
using agent::wire::Connection;
using agent::wire::DynamicReply;
using agent::wire::ProcessUsage;

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char block[4096];
  for (std::size_t size; (size = std::fread(block, 1, sizeof block, pipe)) > 0;) text.append(block, size);
  ::pclose(pipe);
  return text;
}

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

// Sockets of every kind that this process holds.
class OwnSockets {
 public:
  OwnSockets() {
    listener_ = bind_to(SOCK_STREAM, AF_INET);
    ::listen(listener_, 8);
    connect_to(listener_);
    ::close(::accept(listener_, nullptr, nullptr));  // and one that the other side has left: CLOSE_WAIT
    connect_to(listener_);
    fds_.push_back(::accept(listener_, nullptr, nullptr));
    bind_to(SOCK_DGRAM, AF_INET);
    ::listen(bind_to(SOCK_STREAM, AF_INET6), 8);
    bind_to(SOCK_DGRAM, AF_INET6);
    bind_unix(directory_.file("socket"));
    bind_unix(std::string("\0of-a-test-", 11) + std::to_string(::getpid()));
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    fds_.insert(fds_.end(), pair, pair + 2);
  }
  ~OwnSockets() {
    for (const int fd : fds_) ::close(fd);
  }
  OwnSockets(const OwnSockets&) = delete;
  OwnSockets& operator=(const OwnSockets&) = delete;

  std::string path() const { return directory_.file("socket"); }
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

 private:
  int bind_to(int type, int family) {
    fds_.push_back(::socket(family, type | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6) {
      address.sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    const socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    REQUIRE(::bind(fds_.back(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    return fds_.back();
  }
  void connect_to(int listener) {
    fds_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(::connect(fds_.back(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }
  void bind_unix(const std::string& path) {
    fds_.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    REQUIRE(::bind(fds_.back(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }

  test::TempDir directory_;
  std::vector<int> fds_;
  int listener_ = -1;
};

std::string state_of_ss(const std::string& state) {
  if (state == "ESTAB") return "ESTABLISHED";
  if (state == "CLOSE-WAIT") return "CLOSE_WAIT";
  return state;
}

std::string port_in(const std::string& address) {
  const std::string port = address.substr(address.rfind(':') + 1);
  return port == "*" ? "" : port;
}

// "state local-port remote-port fd" of each socket of this process, by ss. UDP has no state of its own here.
std::set<std::string> own_by_ss(const std::string& options, bool has_state) {
  std::istringstream text(output_of("ss -Hanp " + options));
  const std::string own = "pid=" + std::to_string(::getpid()) + ",fd=";
  std::set<std::string> found;
  for (std::string line; std::getline(text, line);) {
    const std::size_t at = line.find(own);
    if (at == std::string::npos) continue;
    std::istringstream words(line);
    std::string state, receive, send, local, remote;
    words >> state >> receive >> send >> local >> remote;
    found.insert((has_state ? state_of_ss(state) : "NONE") + " " + port_in(local) + " " + port_in(remote) +
                 " " + std::to_string(std::stoi(line.substr(at + own.size()))));
  }
  return found;
}

std::set<std::string> own_by_us(const std::vector<Connection>& connections, const std::string& type) {
  std::set<std::string> found;
  for (const Connection& one : connections) {
    if (one.pid != ::getpid() || one.type != type) continue;
    const bool has_port = one.remote.find_last_of(':') != std::string::npos && one.remote != "::";
    found.insert(one.status + " " + port_in(one.local) + " " + (has_port ? port_in(one.remote) : "") + " " +
                 std::to_string(one.fd));
  }
  return found;
}

std::set<std::string> whole_rows(SocketSource::Way way, SocketType type,
                                 const std::set<std::uint64_t>& inodes) {
  SocketSource source("/", way);
  SocketList list(100'000);
  REQUIRE(source.read(type, false, [&](SocketRow row) {
    if (inodes.contains(row.inode)) list.add(std::move(row));
  }));
  list.seal();
  std::set<std::string> rows;
  for (const Connection& one : list.connections())
    rows.insert(one.type + "|" + one.local + "|" + one.remote + "|" + one.status);
  return rows;
}

std::uint64_t count_of(const DynamicReply& reply, const std::string& status) {
  std::uint64_t count = 0;
  for (const auto& one : reply.connection_counts) count += one.status == status ? one.count : 0;
  return count;
}

// This process gets no netlink sockets any more: EAFNOSUPPORT.
bool refuse_netlink() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof filter / sizeof filter[0], filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
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
  sampled.processes();
  const std::chrono::nanoseconds from = cpu_of(burner.pid());
  test::wait_until(
      "half a second of CPU", [&] { return cpu_of(burner.pid()) - from >= 500ms; }, 120s);
  sampled.server->advance(10s);  // of the clock that the share is over
  const ProcessUsage ours = process_of(sampled.processes(), burner.pid());
  const std::chrono::duration<double> used = cpu_of(burner.pid()) - from;
  CHECK_FALSE(ours.whole_life);
  // Both times are cut to hundredths of a second: 0.1 % each. What it used while we looked is in one of them.
  CHECK(ours.cpu.value == Approx(used.count() * 10).margin(1));
}

TEST_CASE("Own sockets are listed as ss lists them", "[examples]") {
  const OwnSockets sockets;
  SampledAgent sampled({});
  const std::vector<Connection> ours = sampled.connections();
  CHECK(own_by_us(ours, "tcp4") == own_by_ss("-t4", true));
  CHECK(own_by_us(ours, "tcp6") == own_by_ss("-t6", true));
  CHECK(own_by_us(ours, "udp4") == own_by_ss("-u4", false));
  CHECK(own_by_us(ours, "udp6") == own_by_ss("-u6", false));
  CHECK(own_by_us(ours, "tcp4").size() == 4);
  CHECK(own_by_us(ours, "unix").size() >= 4);
  const auto has_path = [&ours](const std::string& path) {
    return std::any_of(ours.begin(), ours.end(), [&path](const Connection& one) {
      return one.local == path && one.type == "unix" && one.pid == ::getpid();
    });
  };
  CHECK(has_path(sockets.path()));
  CHECK(has_path("@of-a-test-" + std::to_string(::getpid())));
  const ProcessUsage own = process_of(sampled.processes(), ::getpid());
  CHECK(std::count(own.listen.begin(), own.listen.end(), sockets.port()) == 1);
  CHECK(own.listen.size() == 2);
}

TEST_CASE("Netlink and /proc/net tell the same of own sockets", "[examples]") {
  const OwnSockets sockets;
  std::set<std::uint64_t> inodes;
  agent::ProcessFiles files;
  files.for_each_socket(::getpid(), [&](int, std::uint64_t inode) { inodes.insert(inode); });
  for (const SocketType type : kSocketTypes) {
    INFO(type_name(type));
    const std::set<std::string> rows = whole_rows(SocketSource::Way::best, type, inodes);
    CHECK_FALSE(rows.empty());
    CHECK(rows == whole_rows(SocketSource::Way::text, type, inodes));
  }
  SocketSource source("/");
  CHECK(source.read(SocketType::tcp4, true, [](const SocketRow& row) { CHECK(row.state == kListen); }));
}

TEST_CASE("The sockets come from /proc/net where the kernel has no netlink", "[examples]") {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!refuse_netlink() || ::socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG) >= 0) ::_exit(77);
    const OwnSockets sockets;
    SocketSource source("/");
    bool whole = true;
    std::size_t rows = 0;
    for (const SocketType type : kSocketTypes)
      whole =
          source.read(type, false, [&rows](const SocketRow&) { ++rows; }) && whole && !source.by_netlink();
    ::_exit(whole && rows >= 9 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) WARN("not looked at: no filter of system calls can be set");
  CHECK((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
}

TEST_CASE("A container with a network of its own describes that of the host", "[examples]") {
  const OwnSockets sockets;
  const test::TempDir root;
  std::filesystem::create_symlink("/proc", root.file("proc"));
  const std::uint16_t port = sockets.port();
  const auto listens = [port](SocketSource source) {
    bool found = false;
    const bool whole = source.read(SocketType::tcp4, true,
                                   [&](const SocketRow& row) { found = found || row.local.port == port; });
    return whole && found;
  };
  // This process may itself live in a container that does not have the network of the process 1 that it sees.
  if (!listens(SocketSource(root.path(), SocketSource::Way::text))) {
    WARN("not looked at: process 1 has another network, or may not be looked at");
    return;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(77);
    ::_exit(listens(SocketSource(root.path())) && !listens(SocketSource("/")) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) WARN("not looked at: this user cannot make a network");
  CHECK((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
}

// Others open and close sockets meanwhile: a tenth and 30 more or less are right.
TEST_CASE("Connections are counted by state as ss counts them", "[examples]") {
  const OwnSockets sockets;
  SampledAgent sampled({});
  const DynamicReply ours = sampled.ask(SampledAgent::request(SampledAgent::kConnections, 0, {"tcp"}));
  for (const auto& [status, filter] :
       {std::pair{"TIME_WAIT", "time-wait"}, std::pair{"ESTABLISHED", "established"},
        std::pair{"LISTEN", "listening"}, std::pair{"CLOSE_WAIT", "close-wait"}}) {
    INFO(status);
    const double theirs = std::stod(output_of("ss -Htan state " + std::string(filter) + " | wc -l"));
    CHECK(double(count_of(ours, status)) == Approx(theirs).margin(30 + theirs / 10));
  }
  CHECK(count_of(ours, "CLOSE_WAIT") >= 1);
}

TEST_CASE("Processes are listed without root, and sockets of others have pid 0", "[examples]") {
  const OwnSockets sockets;
  const int parent = ::getpid();
  const std::string address = "127.0.0.1:" + std::to_string(sockets.port());
  const int code = as_nobody(
      [] { return true; },
      [&] {
        CpuShares shares(100);
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
        CpuShares shares(100);
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
