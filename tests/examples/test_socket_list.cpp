// The list of connections: its kinds, its holders, its bound.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "examples/metrics-agent/process/socket_list.hpp"

using agent::wire::Connection;

namespace {

SocketRow row(SocketType type, std::uint8_t state, std::uint64_t inode, std::uint16_t port = 80,
              std::uint16_t remote_port = 0) {
  SocketRow made;
  made.type = type;
  made.state = state;
  made.inode = inode;
  made.local = {.ip = {127, 0, 0, 1}, .port = port};
  made.remote = {.ip = {}, .port = remote_port};
  return made;
}

std::map<std::string, std::uint64_t> counts_of(const SocketList& list) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& one : list.counts()) counts[one.type + " " + one.status] += one.count;
  return counts;
}

}  // namespace

TEST_CASE("Kinds of connections mean types", "[examples]") {
  CHECK(socket_kinds({}) == SocketKinds{true, true, true, true, true});
  CHECK(socket_kinds({"tcp"}) == SocketKinds{true, true, false, false, false});
  CHECK(socket_kinds({"tcp6", "udp"}) == SocketKinds{false, true, true, true, false});
  CHECK(socket_kinds({"tcp4", "tcp4", "unix", "sctp"}) == SocketKinds{true, false, false, false, true});
  CHECK(socket_kinds({"uni", "", "tc", "TCP"}) == SocketKinds{});
}

TEST_CASE("A socket is listed with the first process that holds it, and with pid 0 without one",
          "[examples]") {
  SocketList list(10);
  list.add(row(SocketType::udp4, 0, 12, 53));
  list.add(row(SocketType::tcp4, kListen, 11));
  list.add(row(SocketType::tcp4, kTimeWait, 0, 80, 4000));
  SocketRow unix_row = row(SocketType::unix_domain, 0, 13);
  unix_row.path = "/run/\xff%";
  list.add(unix_row);
  list.seal();
  list.hold(11, 7, 3);
  list.hold(11, 7, 4);
  list.hold(11, 8, 3);
  list.hold(13, 9, 5);
  list.hold(99, 9, 6);
  list.hold(0, 9, 7);

  const std::vector<Connection> found = list.connections();
  REQUIRE(found.size() == 4);
  CHECK(found[0].type == "tcp4");
  CHECK(found[0].status == "LISTEN");
  CHECK(found[0].local == "127.0.0.1:80");
  CHECK(found[0].remote == "0.0.0.0");
  CHECK(found[0].pid == 7);
  CHECK(found[0].fd == 3);
  CHECK(found[1].status == "TIME_WAIT");
  CHECK(found[1].remote == "0.0.0.0:4000");
  CHECK(found[1].pid == 0);
  CHECK(found[2].type == "udp4");
  CHECK(found[2].pid == 0);
  CHECK(found[3].type == "unix");  // originals say "file"
  CHECK(found[3].local == "/run/%FF%25");
  CHECK(found[3].remote.empty());
  CHECK(found[3].pid == 9);
  CHECK(list.left_out() == 0);
  CHECK(counts_of(list) ==
        std::map<std::string, std::uint64_t>{
            {"tcp4 LISTEN", 1}, {"tcp4 TIME_WAIT", 1}, {"udp4 NONE", 1}, {"unix NONE", 1}});
}

TEST_CASE("The list is cut at its bound, what no process holds first, and all are counted", "[examples]") {
  SocketList list(3);
  for (int i = 0; i < 5; ++i) list.add(row(SocketType::tcp4, kTimeWait, 0, 80, 4000));
  for (std::uint64_t i = 0; i < 4; ++i) list.add(row(SocketType::tcp4, 1, 20 + i, 80, 4000));
  list.add(row(SocketType::udp6, 0, 30));
  list.add(row(SocketType::tcp6, kListen, 31));
  list.seal();
  list.hold(31, 5, 1);
  const std::vector<Connection> found = list.connections();
  REQUIRE(found.size() == 3);
  CHECK(found[0].status == "ESTABLISHED");
  CHECK(found[1].type == "tcp6");
  CHECK(found[1].pid == 5);
  CHECK(found[2].type == "udp6");
  CHECK(list.left_out() == 8);
  CHECK(counts_of(list)["tcp4 TIME_WAIT"] == 5);
  CHECK(counts_of(list)["tcp4 ESTABLISHED"] == 4);
}

TEST_CASE("100,000 sockets fit into the bound of 20,000", "[examples]") {
  SocketList list(20'000);
  for (std::uint64_t i = 0; i < 100'000; ++i)
    list.add(row(SocketType::tcp4, i % 2 == 0 ? kTimeWait : 1, i % 2 == 0 ? 0 : i, 80, 4000));
  list.seal();
  for (std::uint64_t i = 0; i < 100'000; ++i) list.hold(i, 1, 5);
  const std::vector<Connection> found = list.connections();
  CHECK(found.size() == 20'000);
  CHECK(found.front().pid == 1);
  CHECK(found.back().pid == 1);
  CHECK(list.left_out() == 80'000);
  CHECK(counts_of(list)["tcp4 TIME_WAIT"] == 50'000);
}

TEST_CASE("An empty list, and one without room", "[examples]") {
  SocketList empty(10);
  empty.seal();
  CHECK(empty.connections().empty());
  CHECK(empty.counts().empty());
  SocketList none(0);
  none.add(row(SocketType::tcp4, kListen, 1));
  none.seal();
  CHECK(none.connections().empty());
  CHECK(none.left_out() == 1);
}
