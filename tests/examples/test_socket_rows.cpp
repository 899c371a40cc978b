// The kernel's tables of sockets as text, of kernels of all ages.
#include <catch2/catch.hpp>
#include <string>

#include "examples/metrics-agent/process/socket_address.hpp"
#include "examples/metrics-agent/process/socket_rows.hpp"

namespace {

std::string local_of(const SocketRow& row) { return address_text(row.local, is_ipv6(row.type)); }
std::string remote_of(const SocketRow& row) { return address_text(row.remote, is_ipv6(row.type)); }

}  // namespace

TEST_CASE("Rows of TCP are read as kernels of all ages write them", "[examples]") {
  // 2.6.32: addresses of the kernel's memory are shown, and the line is padded.
  const auto old = parse_inet_line(
      SocketType::tcp4,
      "   0: 00000000:006F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9310 1 "
      "ffff88003b0f2080 99 0 0 10 -1                    ");
  REQUIRE(old);
  CHECK(local_of(*old) == "0.0.0.0:111");
  CHECK(remote_of(*old) == "0.0.0.0");
  CHECK(state_name(old->type, old->state) == "LISTEN");
  CHECK(old->inode == 9310);
  CHECK(old->is_waiting());

  // 6.x, with more digits for the row's number than there is room for.
  const auto newer = parse_inet_line(
      SocketType::tcp4,
      "10123: 0100007F:A1B2 0100007F:0CEA 01 00000000:00000000 02:000005DC 00000000  1000        0 4294967295 2 "
      "0000000000000000 20 4 30 10 -1");
  REQUIRE(newer);
  CHECK(local_of(*newer) == "127.0.0.1:41394");
  CHECK(remote_of(*newer) == "127.0.0.1:3306");
  CHECK(state_name(newer->type, newer->state) == "ESTABLISHED");
  CHECK(newer->inode == 4294967295);
  CHECK_FALSE(newer->is_waiting());

  const auto time_wait = parse_inet_line(
      SocketType::tcp4,
      "   3: 0100007F:A1B2 0100007F:0CEA 06 00000000:00000000 03:000017B5 00000000     0        0 0 3 "
      "ffff88003b0f2080");
  REQUIRE(time_wait);
  CHECK(time_wait->state == kTimeWait);
  CHECK(time_wait->inode == 0);
}

TEST_CASE("Rows of IPv6 are read", "[examples]") {
  const auto row = parse_inet_line(
      SocketType::tcp6,
      "   0: B80D0120000000000000000001000000:0050 0000000000000000FFFF00000A0000C0:D431 01 00000000:00000000 "
      "00:00000000 00000000     0        0 77 1 0000000000000000 20 4 30 10 -1");
  REQUIRE(row);
  CHECK(local_of(*row) == "2001:db8::1:80");
  CHECK(remote_of(*row) == "::ffff:192.0.0.10:54321");
  const auto any = parse_inet_line(
      SocketType::udp6,
      "  12: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 "
      "00:00000000 00000000   113        0 21530 2 0000000000000000 0");
  REQUIRE(any);
  CHECK(local_of(*any) == ":::5353");
  CHECK(remote_of(*any) == "::");
  CHECK(state_name(any->type, any->state) == "NONE");
  CHECK(any->is_waiting());
}

TEST_CASE("Rows of Unix sockets are read, with and without a name", "[examples]") {
  const auto named =
      parse_unix_line("ffff88003d0aa680: 00000002 00000000 00010000 0001 01  9287 /var/run/a b.sock");
  REQUIRE(named);
  CHECK(named->inode == 9287);
  CHECK(named->path == "/var/run/a b.sock");
  CHECK(state_name(named->type, named->state) == "NONE");
  CHECK_FALSE(named->is_waiting());
  const auto abstract =
      parse_unix_line("0000000000000000: 00000003 00000000 00000000 0001 03 21543 @/tmp/x@@");
  REQUIRE(abstract);
  CHECK(abstract->path == "@/tmp/x@@");
  const auto unnamed = parse_unix_line("f6c7d200: 00000003 00000000 00000000 0002 01 8312");  // of 32 bits
  REQUIRE(unnamed);
  CHECK(unnamed->path.empty());
}

TEST_CASE("Lines that are no rows are left out", "[examples]") {
  for (const std::string line :
       {"",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        "0:", "   0: 0100007F:0CEA", "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000",
        "   0: 0100007F:0CEA 00000000:0000 FFFF 0:0 0:0 0 0 0 12",
        "   0: 0100007G:0CEA 00000000:0000 0A 0:0 0:0 0 0 0 12",
        "   0: 0100007F:FFFFF 00000000:0000 0A 0:0 0:0 0 0 0 12",
        "   0: 0100007F00000000:0CEA 00000000:0000 0A 0:0 0:0 0 0 0 12",
        "   0: 0100007F:0CEA 00000000:0000 0A 0:0 0:0 0 0 0 -12"}) {
    INFO(line);
    CHECK_FALSE(parse_inet_line(SocketType::tcp4, line));
    CHECK_FALSE(parse_inet_line(SocketType::tcp6, line));
  }
  CHECK_FALSE(parse_inet_line(SocketType::tcp4, std::string(60000, '\xff')));
  CHECK_FALSE(parse_unix_line(""));
  CHECK_FALSE(parse_unix_line("f6c7d200: 00000003 00000000 00000000 0002 01"));
  CHECK_FALSE(parse_unix_line("f6c7d200: 00000003 00000000 00000000 0002 01 -8312 /x"));
  CHECK_FALSE(parse_unix_line("Num       RefCount Protocol Flags    Type St Inode Path"));
  CHECK_FALSE(parse_unix_line("second line of a path with a line break"));
  CHECK_FALSE(parse_unix_line(std::string(60000, '\0')));
}

TEST_CASE("States that a later kernel invents are UNKNOWN", "[examples]") {
  CHECK(state_name(SocketType::tcp4, 11) == "CLOSING");
  CHECK(state_name(SocketType::tcp4, 13) == "UNKNOWN");
  CHECK(state_name(SocketType::tcp6, 255) == "UNKNOWN");
  CHECK(state_name(SocketType::udp4, 1) == "NONE");
}
