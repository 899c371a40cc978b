// What metrics-agent answers.
#include <agent/testing.hpp>
#include <catch2/catch.hpp>

#include "tests/examples/fake_sampling.hpp"

using namespace agent;
using namespace std::chrono_literals;
using test::FakeMetrics;
using wire::DynamicReply;
using wire::StaticReply;

namespace {

wire::DynamicRequest ask(std::vector<std::int64_t> parts, std::chrono::nanoseconds max_age = 0s) {
  wire::DynamicRequest request;
  request.req = std::move(parts);
  request.max_age = max_age;
  return request;
}

std::vector<std::int32_t> ids(const DynamicReply& reply) {
  std::vector<std::int32_t> list;
  for (const wire::ProcessUsage& process : reply.processes) list.push_back(process.pid);
  return list;
}

std::vector<std::string> types(const DynamicReply& reply) {
  std::vector<std::string> list;
  for (const wire::Connection& connection : reply.connections) list.push_back(connection.type);
  return list;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("Requests are answered with all parts that they name, and no others", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent);
  const auto facts = server.call(wire::StaticRequest{}).reply<StaticReply>();
  CHECK(facts.host.name == "host-2");  // their sampling is not that of the reports
  const auto all = server.call(ask({3, 2, 1, 0, 0})).reply<DynamicReply>();
  CHECK(all.usage);
  CHECK(ids(all) == std::vector<std::int32_t>{1, 2, 3, 4, 5});
  CHECK(all.connections.size() == 5);
  CHECK(all.temperatures.size() == 1);
  CHECK_FALSE(all.begin.is_zero());
  const auto one = server.call(ask({3})).reply<DynamicReply>();
  CHECK_FALSE(one.usage);
  CHECK(one.processes.empty());
  CHECK(one.connections.empty());
  const auto none = server.call(ask({})).reply<DynamicReply>();
  CHECK_FALSE(none.usage);
  CHECK_FALSE(none.begin.is_zero());
}

TEST_CASE("A request shortens no window of the reports", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = usage");
  server.advance(60s);
  for (int i = 0; i < 10; ++i) {
    CHECK(server.call(ask({0})).reply<DynamicReply>().usage->memory.free == 2);
    server.advance(5s);
  }
  for (const DynamicReply& report : server.reports<DynamicReply>()) CHECK(report.usage->memory.free == 1);
}

TEST_CASE("A request gets a fresh sample, or the last one if that is young enough", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = usage,static\ntask.usage.interval = 1h\n");
  server.advance(1min);
  REQUIRE(fake.machine.usages == 1);
  const auto number = [&](std::chrono::nanoseconds max_age) {
    return server.call(ask({0}, max_age)).reply<DynamicReply>().usage->memory.used;
  };
  CHECK(number(1min) == 1);  // the report's
  server.advance(10s);
  CHECK(number(0s) == 2);
  CHECK(number(5s) == 2);
  server.advance(10s);
  CHECK(number(10s) == 2);
  CHECK(number(9s) == 3);
  CHECK(number(std::chrono::nanoseconds::max()) == 3);
  CHECK(number(-5s) == 3);  // begun in this moment
  server.advance(1s);
  CHECK(number(-5s) == 4);
  const wire::StaticRequest any{std::chrono::hours(24)};
  CHECK(server.call(any).reply<StaticReply>().host.name == "host-1");
  CHECK(server.call(wire::StaticRequest{}).reply<StaticReply>().host.name == "host-2");
}

TEST_CASE("A request gets what it asks for of the last sample", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = process,conns");
  server.advance(1min);
  const std::size_t samples = fake.machine.wishes.size();
  wire::DynamicRequest request = ask({1, 2}, 1h);
  request.top = 2;
  request.aconns = {"tcp", "unix"};
  const auto reply = server.call(request).reply<DynamicReply>();
  CHECK(ids(reply) == std::vector<std::int32_t>{3, 5});
  CHECK(types(reply) == Names{"tcp4", "tcp6", "unix", "file"});
  CHECK(reply.connection_counts.size() == 4);
  CHECK(reply.connections_cut == 8);  // of those kinds; of all kinds there are 10
  request.aconns = {"udp6"};
  CHECK(server.call(request).reply<DynamicReply>().connections.empty());
  CHECK(fake.machine.wishes.size() == samples);
}

TEST_CASE("A last sample that has less than is asked for does not answer", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent);
  wire::DynamicRequest request = ask({1, 2}, 1h);
  request.top = 2;
  request.aconns = {"tcp"};
  server.call(request);
  CHECK(fake.machine.wishes == Names{"top 2", "kinds tcp"});
  CHECK(ids(server.call(ask({1}, 1h)).reply<DynamicReply>()).size() == 5);
  CHECK(server.call(ask({2}, 1h)).reply<DynamicReply>().connections.size() == 5);
  CHECK(fake.machine.wishes == Names{"top 2", "kinds tcp", "top 0", "kinds"});
}

TEST_CASE("A request has its own top and kinds, or the settings' kinds", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, "task.conns.allow = tcp4,udp\ntask.process.top = 1");
  wire::DynamicRequest request = ask({1, 2});
  CHECK(types(server.call(request).reply<DynamicReply>()) == Names{"tcp4", "udp4"});
  CHECK(fake.machine.wishes == Names{"top 0", "kinds tcp4 udp"});
  server.advance(1s);
  request.top = 3;
  request.aconns = {"unix"};
  const auto reply = server.call(request).reply<DynamicReply>();
  CHECK(ids(reply) == std::vector<std::int32_t>{3, 5, 4});
  CHECK(types(reply) == Names{"unix", "file"});
  server.advance(1s);
  request.top = -1;
  CHECK(ids(server.call(request).reply<DynamicReply>()).size() == 5);
}

TEST_CASE("Unknown kinds and parts are an error that names the known ones", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent);
  wire::DynamicRequest request = ask({2});
  request.aconns = {"tcp", "sctp"};
  CHECK(server.call(request).error() ==
        "there is no kind of connection 'sctp', only tcp,tcp4,tcp6,udp,udp4,udp6,unix");
  CHECK(server.call(ask({4})).error().find("0 usage, 1 processes") != std::string::npos);
  CHECK(server.call(ask({-1})).error().find("-1") != std::string::npos);
}

TEST_CASE("Many who ask at once share samples that were begun after they asked", "[examples]") {
  FakeMetrics fake;
  fake.machine.takes = 1s;
  TestServer server(fake.agent);
  std::vector<TestCall> calls;
  calls.push_back(server.call(ask({0})));
  server.advance(500ms);
  for (int i = 0; i < 50; ++i) calls.push_back(server.call(ask({0})));
  CHECK(fake.machine.running == 1);
  server.advance(2s);
  CHECK(calls[0].reply<DynamicReply>().usage->memory.used == 1);
  for (std::size_t i = 1; i < calls.size(); ++i)
    CHECK(calls[i].reply<DynamicReply>().usage->memory.used == 2);
  CHECK(fake.machine.usages == 2);
  CHECK(fake.machine.most_running == 1);
}

TEST_CASE("A sample that takes long holds up no other call", "[examples]") {
  FakeMetrics fake;
  fake.machine.takes = 30s;
  TestServer server(fake.agent, "task.jobs = usage");
  const TestCall slow = server.call(ask({0}));
  server.advance(10s);
  CHECK(server.call(ask({1})).replies() == 1);
  CHECK(server.call(wire::CollectQuery{}).replies() == 1);
  CHECK(server.call(wire::StaticRequest{}).replies() == 1);
  CHECK(slow.replies() == 0);
  server.advance(20s);
  CHECK(slow.replies() == 1);
}

TEST_CASE("What is collected is told with intervals and kinds", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent,
                    "task.jobs = temps,usage\ntask.usage.interval = 1ms\ntask.conns.allow = tcp4");
  const auto status = server.call(wire::CollectQuery{}).reply<wire::CollectStatus>();
  REQUIRE(status.jobs.size() == 2);
  CHECK(status.jobs[0].name == "usage");
  CHECK(status.jobs[0].interval == 1s);
  CHECK(status.jobs[1].interval == 1min);
  CHECK(status.aconns == Names{"tcp4"});
}
