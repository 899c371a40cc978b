#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "agent/error.hpp"
#include "tests/server/rig.hpp"

using namespace server;
using namespace std::chrono_literals;
using agent::Task;
using agent::net::Clock;
using agent::wire::Handshake;
using Catch::Matchers::Contains;
using test::FakeAgent;
using test::Rig;

namespace {

const std::string kReport =
    R"({"type":7,"ai":{"v":"2.0.0","gv":"gcc","cu":0.5,"mu":0.1,"ts":6,"rs":0,"st":1772323200,"hi":1,)"
    R"("gc":{"0":0.25,"100":1},"ip":12,"ib":1800,"op":31,"ob":9044,"pe":0,"pr":0,"rcc":1,"puc":null,"rcs":0,"wcs":3}})";

Task<> reports(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  auto session = rig.hub.find("a-1");
  CHECK(!session->report());
  agent.socket->send(kReport);
  const auto reported = [&] { return session->report() != nullptr; };
  co_await test::until(rig.loop, reported);
  CHECK(session->report()->info.version == "2.0.0");
  CHECK(session->traffic().in_packets == 1);
  CHECK(session->traffic().in_bytes == kReport.size());

  const std::string labels = "{agent_type=\"example-agent\",id=\"a-1\",tag=";
  CHECK(test::series(rig.metrics, "agent_count") == 1);
  CHECK(test::series(rig.metrics, "agent_info" + labels + "\"cpu_usage\"}") == 0.5);
  CHECK(test::series(rig.metrics, "agent_info" + labels + "\"gc_0\"}") == 0.25);
  CHECK(test::series(rig.metrics, "agent_info" + labels + "\"gc_1\"}") == 1);
  CHECK(test::series(rig.metrics, "agent_info" + labels + "\"write_chan_size\"}") == 3);
  CHECK(test::series(rig.metrics, "agent_version{go_version=\"gcc\",id=\"a-1\",version=\"2.0.0\"}") == 1);

  agent.socket.reset();
  const auto gone = [&] { return rig.hub.size() == 0; };
  co_await test::until(rig.loop, gone);
  CHECK(test::series(rig.metrics, "agent_info" + labels + "\"cpu_usage\"}") == -1);
  CHECK(test::series(rig.metrics, "agent_count") == 0);
  CHECK(test::series(rig.metrics, "in_packets") == 1);
}

Task<> bad_messages(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  for (const char* text :
       {"", "nonsense", "[]", R"({"type":7})", R"({"type":7,"ai":{"ts":1e99}})", R"({"type":"x"})"}) {
    agent.socket->send(text);
  }
  agent.socket->send(kReport);
  auto session = rig.hub.find("a-1");
  const auto reported = [&] { return session->report() != nullptr; };
  co_await test::until(rig.loop, reported);
  CHECK(test::series(rig.metrics, "agent_server_bad_messages_total") == 6);
  CHECK(session->is_open());
}

Task<> abuse(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  for (std::uint32_t i = 1; i < kBadMessageLimit; ++i) agent.socket->send("{");
  agent.socket->send(kReport);  // starts the count again
  auto session = rig.hub.find("a-1");
  const auto reported = [&] { return session->report() != nullptr; };
  co_await test::until(rig.loop, reported);
  for (std::uint32_t i = 0; i < kBadMessageLimit; ++i) agent.socket->send("{");
  CHECK_THAT(co_await agent.end(), Contains("1008 too many unreadable messages"));
}

Task<> other_types(Rig& rig, int* handled) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  agent.socket->send(R"({"type":33,"hm_dynamic_rep":{}})");
  agent.socket->send(R"({"type":9999})");
  agent.socket->send(R"({"type":9,"tid":"20260301-00001-0000000000000000"})");
  const auto arrived = [&] { return rig.hub.find("a-1")->traffic().in_packets == 3; };
  co_await test::until(rig.loop, arrived);
  CHECK(*handled == 1);
  CHECK(test::series(rig.metrics, "agent_server_unknown_reports_total") == 1);
  CHECK(test::series(rig.metrics, "agent_server_replies_dropped_total{reason=\"unknown_tid\"}") == 1);
}

Task<> sends(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a-1");
  auto session = rig.hub.find("a-1");
  for (int i = 0; i < 1000; ++i) session->send(fmt::format(R"({{"type":{}}})", 10'000 + i));
  for (int i = 0; i < 1000; ++i) {
    agent::Envelope message = co_await agent.read();
    REQUIRE(message.type() == 10'000 + i);
  }
  CHECK(session->traffic().out_packets == 1000);
}

Task<> does_not_read(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  auto session = rig.hub.find("a-1");
  const std::string megabyte = R"({"type":1,"x":")" + std::string(1'000'000, 'x') + "\"}";
  for (int i = 0; i < 40; ++i) session->send(megabyte);
  CHECK(test::series(rig.metrics, "agent_server_messages_dropped_total") > 0);
  CHECK(session->traffic().out_bytes < kSendLimit + megabyte.size());
  co_return;
}

Task<> goes_silent(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  auto session = rig.hub.find("a-1");
  const auto gone = [&] { return rig.hub.size() == 0; };
  co_await test::until(rig.loop, gone);
  CHECK(!session->is_open());
  co_await test::ended(rig);
}

Task<> stays(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  rig.spawn(rig.loop, test::serve(&agent));  // answers pings
  const auto connected = std::chrono::steady_clock::now();
  const auto enough = [&] { return std::chrono::steady_clock::now() > connected + 4s; };
  co_await test::until(rig.loop, enough);
  CHECK(rig.hub.size() == 1);
  co_await test::finish(rig);
}

Task<> stopping(Rig& rig) {
  FakeAgent live(rig, rig.second);
  co_await live.come("a-1");
  FakeAgent late(rig);
  rig.hub.stop();
  const agent::Envelope elsewhere = co_await live.read();
  CHECK(elsewhere.payload<Handshake>().redirect == std::vector<std::string>{"other:13081"});
  CHECK_THAT(co_await live.end(), Contains("1001 server is stopping"));
  const Handshake answer = co_await late.come("a-2");
  CHECK(!answer.ok);
  CHECK(answer.msg == "server is stopping");
  CHECK(answer.redirect == std::vector<std::string>{"other:13081"});
  CHECK(answer.retry_after > 0);
}

}  // namespace

TEST_CASE("An agent's report is kept, shown in the metrics, and gone with the agent", "[server]") {
  Rig rig;
  rig.run(reports(rig));
}

TEST_CASE("Messages that cannot be read are counted and skipped", "[server]") {
  Rig rig;
  rig.run(bad_messages(rig));
}

TEST_CASE("A hundred unreadable messages in a row end the session with the reason", "[server]") {
  Rig rig;
  rig.run(abuse(rig));
}

TEST_CASE("Reports go to the handler of their type, unknown ones and lost replies are counted", "[server]") {
  Rig rig;
  int handled = 0;
  rig.hub.on_report(
      33, [&](Session& session, const agent::Envelope&) { handled += session.id() == "a-1" ? 1 : 0; });
  rig.run(other_types(rig, &handled));
}

TEST_CASE("Messages sent from another thread keep their order", "[server]") {
  Rig rig;
  rig.run(sends(rig));
}

TEST_CASE("What waits for an agent that does not read is bounded", "[server]") {
  Rig rig;
  rig.run(does_not_read(rig));
}

TEST_CASE("A silent agent is closed", "[server]") {
  HubOptions options;
  options.keep_alive = {.ping = 500ms, .close = 1500ms};
  Rig rig(options);
  rig.run(goes_silent(rig));
}

TEST_CASE("An agent that answers the server's pings stays", "[server]") {
  HubOptions options;
  options.keep_alive = {.ping = 500ms, .close = 2900ms};
  Rig rig(options);
  rig.run(stays(rig));
}

TEST_CASE("A server that stops closes its sessions and sends newcomers elsewhere", "[server]") {
  HubOptions options;
  options.redirect = {"other:13081"};
  Rig rig(options);
  rig.run(stopping(rig));
}

TEST_CASE("A silent agent is pinged once per interval and closed after two and a half", "[server]") {
  const KeepAliveTimes times;
  auto decide = [&](Clock::duration silent, Clock::duration since_ping) {
    const Clock::time_point now = Clock::time_point(1h);
    return keep_alive(now, now - silent, now - since_ping, times);
  };
  CHECK(decide(9s, 1h) == KeepAlive::wait);
  CHECK(decide(10s, 1h) == KeepAlive::ping);
  CHECK(decide(15s, 5s) == KeepAlive::wait);
  CHECK(decide(20s, 10s) == KeepAlive::ping);
  CHECK(decide(25s, 5s) == KeepAlive::close);
}
