// Sockets of this machine beside a second source in the same second. Tolerances stand where they are used;
// the machine may be idle or loaded.
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/examples/own_sockets.hpp"
#include "tests/examples/sampled_agent.hpp"

using agent::wire::Connection;
using agent::wire::DynamicReply;
using agent::wire::ProcessUsage;

namespace {

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

}  // namespace

TEST_CASE("Own sockets are listed as ss lists them", "[examples]") {
  const OwnSockets sockets;
  SampledAgent sampled({.most_connections = 1'000'000});  // whatever else this machine has
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
  const std::vector<ProcessUsage> processes = sampled.processes();
  const auto found = std::find_if(processes.begin(), processes.end(),
                                  [](const ProcessUsage& one) { return one.pid == ::getpid(); });
  REQUIRE(found != processes.end());
  const ProcessUsage& own = *found;
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

// Others open and close sockets meanwhile: a tenth and 30 more or less are right, once in 20 tries.
TEST_CASE("Connections are counted by state as ss counts them", "[examples]") {
  const OwnSockets sockets;
  SampledAgent sampled({});
  for (const auto& [status, filter] :
       {std::pair{"TIME_WAIT", "time-wait"}, std::pair{"ESTABLISHED", "established"},
        std::pair{"LISTEN", "listening"}, std::pair{"CLOSE_WAIT", "close-wait"}}) {
    INFO(status);
    bool agree = false;
    for (int tries = 0; !agree && tries < 20; ++tries) {
      const double ours = double(
          count_of(sampled.ask(SampledAgent::request(SampledAgent::kConnections, 0, {"tcp"})), status));
      const double theirs = std::stod(output_of("ss -Htan state " + std::string(filter) + " | wc -l"));
      agree = ours == Approx(theirs).margin(30 + theirs / 10);
    }
    CHECK(agree);
  }
  CHECK(count_of(sampled.ask(SampledAgent::request(SampledAgent::kConnections)), "CLOSE_WAIT") >= 1);
}
