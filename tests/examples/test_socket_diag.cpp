// What the kernel answers by netlink, made up byte by byte.
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/metrics-agent/process/socket_address.hpp"
#include "examples/metrics-agent/process/socket_diag.hpp"

namespace {

using Rows = std::vector<SocketRow>;

template <class Value>
std::string bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string message(int type, std::string payload) {
  nlmsghdr head{};
  head.nlmsg_len = static_cast<__u32>(NLMSG_LENGTH(payload.size()));
  head.nlmsg_type = static_cast<__u16>(type);
  payload.resize(NLMSG_ALIGN(payload.size()));
  return bytes_of(head) + payload;
}

std::string done() { return message(NLMSG_DONE, bytes_of(0)); }
std::string error(int number) {
  nlmsgerr failed{};
  failed.error = -number;
  return message(NLMSG_ERROR, bytes_of(failed));
}

std::string inet_message() {
  inet_diag_msg found{};
  found.idiag_state = kListen;
  found.idiag_inode = 4711;
  found.id.idiag_sport = htons(80);
  found.id.idiag_src[0] = htonl(0xC0000201);
  return message(SOCK_DIAG_BY_FAMILY, bytes_of(found));
}

std::string unix_message(std::string_view name) {
  unix_diag_msg found{};
  found.udiag_ino = 12;
  nlattr other{.nla_len = NLA_HDRLEN + 4, .nla_type = UNIX_DIAG_PEER};
  nlattr attribute{.nla_len = static_cast<__u16>(NLA_HDRLEN + name.size()), .nla_type = UNIX_DIAG_NAME};
  return message(SOCK_DIAG_BY_FAMILY,
                 bytes_of(found) + bytes_of(other) + "peer" + bytes_of(attribute) + std::string(name));
}

std::optional<DumpOutcome> add(DiagAnswer& answer, const std::string& datagram) {
  std::vector<char> aligned(datagram.begin(), datagram.end());
  return answer.add({aligned.data(), aligned.size()});
}

std::string path_in(const std::string& datagram) {
  Rows rows;
  const UseSocketRow use = [&rows](SocketRow row) { rows.push_back(std::move(row)); };
  DiagAnswer answer(SocketType::unix_domain, use);
  CHECK_FALSE(add(answer, datagram));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].inode == 12);
  return rows[0].path;
}

}  // namespace

TEST_CASE("Rows come over several datagrams, until the kernel is done", "[examples]") {
  Rows rows;
  const UseSocketRow use = [&rows](SocketRow row) { rows.push_back(std::move(row)); };
  DiagAnswer answer(SocketType::tcp4, use);
  CHECK_FALSE(add(answer, inet_message() + inet_message()));
  CHECK(add(answer, inet_message() + done()) == DumpOutcome::done);
  REQUIRE(rows.size() == 3);
  CHECK(address_text(rows[2].local, false) == "192.0.2.1:80");
  CHECK(rows[2].state == kListen);
  CHECK(rows[2].inode == 4711);
}

TEST_CASE("A kernel that does not know the question has no netlink for it", "[examples]") {
  const UseSocketRow use = [](const SocketRow&) { FAIL("a row"); };
  DiagAnswer old_one(SocketType::tcp4, use);  // 2.6.32: EINVAL
  CHECK(add(old_one, error(EINVAL)) == DumpOutcome::missing);
  DiagAnswer without_module(SocketType::udp4, use);
  CHECK(add(without_module, error(ENOENT)) == DumpOutcome::missing);
  DiagAnswer silent(SocketType::udp4, use);
  CHECK(silent.give_up() == DumpOutcome::missing);
  DiagAnswer empty(SocketType::udp4, use);
  CHECK(add(empty, done()) == DumpOutcome::done);
}

TEST_CASE("A dump that fails on the way is broken", "[examples]") {
  const UseSocketRow use = [](const SocketRow&) {};
  DiagAnswer answer(SocketType::tcp4, use);
  CHECK(add(answer, inet_message() + error(ENOBUFS)) == DumpOutcome::broken);
  CHECK(answer.give_up() == DumpOutcome::broken);
}

TEST_CASE("Names of Unix sockets are as in /proc/net/unix", "[examples]") {
  using namespace std::string_view_literals;
  CHECK(path_in(unix_message("/run/x"sv)) == "/run/x");
  CHECK(path_in(unix_message("/run/x\0rest"sv)) == "/run/x");
  CHECK(path_in(unix_message("\0abstract\0\0"sv)) == "@abstract@@");
  CHECK(path_in(unix_message(""sv)).empty());
}

TEST_CASE("Messages that are cut, or of no length, end the datagram", "[examples]") {
  Rows rows;
  const UseSocketRow use = [&rows](SocketRow row) { rows.push_back(std::move(row)); };
  DiagAnswer answer(SocketType::tcp4, use);
  CHECK_FALSE(add(answer, inet_message().substr(0, 40)));
  CHECK_FALSE(add(answer, std::string(64, '\0')));
  CHECK_FALSE(add(answer, std::string(7, 'x')));
  CHECK_FALSE(add(answer, message(SOCK_DIAG_BY_FAMILY, "short")));
  CHECK(rows.empty());
  DiagAnswer of_unix(SocketType::unix_domain, use);
  std::string cut = unix_message("/run/long/name");
  cut[sizeof(nlmsghdr) + sizeof(unix_diag_msg)] = 1;  // an attribute shorter than its own head
  CHECK_FALSE(add(of_unix, cut));
  CHECK(rows.size() == 1);
}
