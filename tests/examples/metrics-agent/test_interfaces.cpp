#include <agent/host.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "examples/metrics-agent/host/etc_files.hpp"
#include "examples/metrics-agent/host/gateway.hpp"
#include "examples/metrics-agent/host/interface_counters.hpp"
#include "examples/metrics-agent/host/interface_list.hpp"
#include "tests/examples/metrics-agent/captured_tree.hpp"

using namespace host;
using metrics_test::CapturedTree;

namespace {

using Words = std::vector<std::string>;

constexpr const char* kHeading = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";

}  // namespace

TEST_CASE("Interface counters are read with and without a blank behind the name", "[metrics][interfaces]") {
  const auto interfaces = parse_net_dev(CapturedTree("el6").text("proc/net/dev"));
  REQUIRE(interfaces.size() == 2);
  CHECK(interfaces[0].name == "lo");
  CHECK(interfaces[1].name == "eth0");
  CHECK(interfaces[1].bytes_received == 4123456789);
  CHECK(interfaces[1].packets_received == 3000000);
  CHECK(interfaces[1].bytes_sent == 98765432);
  CHECK(interfaces[1].packets_sent == 200000);
  CHECK(parse_net_dev(CapturedTree("ubuntu22").text("proc/net/dev"))[1].bytes_received == ~std::uint64_t{0});
}

TEST_CASE("An interface that is renamed goes on under its new name", "[metrics][interfaces]") {
  CapturedTree tree("el6");
  tree.edit("proc/net/dev", "  eth0:", "wan:");
  const auto interfaces = parse_net_dev(tree.text("proc/net/dev"));
  CHECK(interfaces[1].name == "wan");
  CHECK(interfaces[1].bytes_sent == 98765432);
}

TEST_CASE("Cut and strange lines of interface counters are left out", "[metrics][interfaces]") {
  CHECK(parse_net_dev("").empty());
  CHECK(parse_net_dev("eth0: 1 2 3\n").empty());
  CHECK(parse_net_dev("eth0: 1 2 3 4 5 6 7 8 9 x\n").empty());
  CHECK(parse_net_dev(std::string(64 * 1024, 'a') + "\neth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n")
            .size() == 1);
}

TEST_CASE("The gateway is that of the default route with the lowest metric", "[metrics][interfaces]") {
  const std::string heading = kHeading;
  CHECK(find_gateway(CapturedTree("el6").text("proc/net/route"), "") == "192.0.2.1");
  CHECK(find_gateway(heading + "wlan0 00000000 FE0200C0 0003 0 0 600 00000000 0 0 0\n"
                               "eth0 00000000 010200C0 0003 0 0 100 00000000 0 0 0\n",
                     "") == "192.0.2.1");
  // Half of all addresses through a tunnel is no default route; a route without a gateway has none to tell.
  CHECK(find_gateway(heading + "tun0 00000000 0100000A 0003 0 0 0 00000080 0 0 0\n"
                               "ppp0 00000000 00000000 0001 0 0 0 00000000 0 0 0\n",
                     "")
            .empty());
}

TEST_CASE("A machine without a gateway has none, not the text <nil>", "[metrics][interfaces]") {
  for (const char* text : {"", kHeading, "eth0 00000000", "eth0 zz yy xx\n", "\n\n"})
    CHECK(find_gateway(text, text).empty());
}

TEST_CASE("A machine with IPv6 alone has its gateway", "[metrics][interfaces]") {
  const std::string zeros(32, '0');
  CHECK(find_gateway(
            "", zeros + " 00 " + zeros +
                    " 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n" +
                    zeros + " 00 " + zeros + " 00 " + zeros + " ffffffff 00000001 00000000 00200200 lo\n") ==
        "fe80::1");
}

TEST_CASE("Users have their login names, not their full ones", "[metrics][etc]") {
  const auto users = parse_passwd(CapturedTree("el6").text("etc/passwd"));
  REQUIRE(users.size() == 2);
  CHECK(users[1].name == "dba");
  CHECK(users[1].id == "501");
  CHECK(users[1].gid == "501");
  CHECK(parse_passwd("last:x:1:2").size() == 1);
  CHECK(parse_passwd(":x:1:2\nname:x:1\nname\n\n-@group::::::\n").empty());
}

TEST_CASE("Name servers are those that the resolver asks, the last line too", "[metrics][etc]") {
  CHECK(parse_name_servers(CapturedTree("el6").text("etc/resolv.conf")) == Words{"192.0.2.53", "192.0.2.54"});
  CHECK(parse_name_servers("nameserver 2001:db8::53") == Words{"2001:db8::53"});
  CHECK(parse_name_servers("nameserver fe80::1%eth0\r\nnameservers 1\nnameserver\n").front() ==
        "fe80::1%eth0");
  CHECK(parse_name_servers("; nameserver 192.0.2.1\n# nameserver 192.0.2.2\n").empty());
}

TEST_CASE("The interfaces of a machine around the container come from its files", "[metrics][interfaces]") {
  CapturedTree tree("el6");
  MachineFiles files(tree.root());
  const auto interfaces = list_interfaces(files);
  REQUIRE(interfaces.size() == 2);
  CHECK(interfaces[0].name == "lo");
  CHECK(interfaces[0].mac.empty());
  CHECK(interfaces[0].flags == Words{"up", "loopback", "running"});
  CHECK(interfaces[0].addrs == Words{"127.0.0.1/8", "::1/128"});
  CHECK(interfaces[1].index == 2);
  CHECK(interfaces[1].mtu == 1500);
  CHECK(interfaces[1].mac == "02:00:5e:10:00:01");
  CHECK(interfaces[1].flags == Words{"up", "broadcast", "multicast", "running"});
  CHECK(interfaces[1].addrs == Words{"192.0.2.10/24", "fe80::5eff:fe10:1/64"});
}

TEST_CASE("An interface without a carrier, or that is down, does not run", "[metrics][interfaces]") {
  CapturedTree tree("el6");
  MachineFiles files(tree.root());
  tree.write("sys/class/net/eth0/operstate", "down\n");
  CHECK(list_interfaces(files)[1].flags == Words{"up", "broadcast", "multicast"});
  tree.write("sys/class/net/eth0/operstate", "up\n").write("sys/class/net/eth0/flags", "0x1002\n");
  CHECK(list_interfaces(files)[1].flags == Words{"broadcast", "multicast"});
}

TEST_CASE("A machine's network is that of its first process where it can be seen", "[metrics][interfaces]") {
  CapturedTree tree("el6");
  tree.write("proc/1/net/dev", "eth9: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  MachineFiles files(tree.root());
  CHECK(parse_net_dev(files.read_network("dev")).front().name == "eth9");
  CHECK_FALSE(files.read_network("route").empty());
}
