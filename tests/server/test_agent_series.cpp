// An agent's own metrics: what a server shows of what it was told.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "agent/wire/control.hpp"
#include "hub/agent_series.hpp"
#include "tests/server/rig.hpp"

using namespace server;
using Catch::Matchers::Contains;

namespace {

AgentSeries read(std::string_view text) { return read_series(text, "a-1", "my-agent"); }

std::string shown(std::vector<AgentSeries> agents) {
  std::vector<std::shared_ptr<const AgentSeries>> all;
  for (AgentSeries& series : agents) all.push_back(std::make_shared<AgentSeries>(std::move(series)));
  agent::metrics::Exposition out;
  expose_series(all, out);
  return out.take();
}

std::uint64_t dropped(const AgentSeries& series, SeriesDrop reason) {
  return series.dropped[static_cast<std::size_t>(reason)];
}

agent::Task<> reports(test::Rig& rig, std::vector<std::string> caps, bool shows) {
  test::FakeAgent agent(rig);
  agent::wire::Come come;
  come.id = "a-1";
  come.name = "my-agent";
  come.caps = std::move(caps);
  std::string text = agent::encode_message(come);
  co_await agent.say(std::move(text));
  agent::wire::AgentInfo info;
  info.series = "# TYPE jobs gauge\njobs 3\nagent_x 1\nnonsense\n";
  agent.socket->send(agent::encode_message(info));
  auto session = rig.hub.find("a-1");
  const auto reported = [&] { return session->report() != nullptr; };
  co_await test::until(rig.loop, reported);
  CHECK(test::series(rig.metrics, "jobs{agent_type=\"my-agent\",id=\"a-1\"}") == (shows ? 3 : -1));
  CHECK(test::series(rig.metrics, "agent_server_series_dropped_total{reason=\"malformed\"}") ==
        (shows ? 2 : 0));
  agent.socket.reset();
  co_await test::ended(rig);
  CHECK(test::series(rig.metrics, "jobs{agent_type=\"my-agent\",id=\"a-1\"}") == -1);
}

}  // namespace

TEST_CASE("An agent's series are shown with its id and type", "[server]") {
  agent::metrics::Registry registry;
  registry.counter("jobs_total", "Jobs, \\ and\nmore", {{"queue", "a \"b\"\\\n"}}).add(3);
  registry.gauge("load", "").set(0.25);
  registry.histogram("seconds", "how long", {0.5}).observe(0.1);
  const AgentSeries series = read(registry.expose());
  CHECK(series.dropped == std::array<std::uint64_t, kSeriesDrops.size()>{});
  CHECK(shown({series}) ==
        "# HELP jobs_total Jobs, \\\\ and\\nmore\n"
        "# TYPE jobs_total counter\n"
        "jobs_total{agent_type=\"my-agent\",id=\"a-1\",queue=\"a \\\"b\\\"\\\\\\n\"} 3\n"
        "# TYPE load gauge\n"
        "load{agent_type=\"my-agent\",id=\"a-1\"} 0.25\n"
        "# HELP seconds how long\n"
        "# TYPE seconds histogram\n"
        "seconds_bucket{agent_type=\"my-agent\",id=\"a-1\",le=\"0.5\"} 1\n"
        "seconds_bucket{agent_type=\"my-agent\",id=\"a-1\",le=\"+Inf\"} 1\n"
        "seconds_sum{agent_type=\"my-agent\",id=\"a-1\"} 0.1\n"
        "seconds_count{agent_type=\"my-agent\",id=\"a-1\"} 1\n");
}

TEST_CASE("Series of several agents stand under one name", "[server]") {
  const std::string text = "# HELP jobs first\n# TYPE jobs gauge\njobs 1\n";
  const AgentSeries other = read_series("# HELP jobs second\n# TYPE jobs gauge\njobs 2\n", "b-2", "my-agent");
  CHECK(shown({read(text), other}) ==
        "# HELP jobs first\n# TYPE jobs gauge\n"
        "jobs{agent_type=\"my-agent\",id=\"a-1\"} 1\n"
        "jobs{agent_type=\"my-agent\",id=\"b-2\"} 2\n");
  const AgentSeries contrary = read_series("# TYPE jobs counter\njobs 2\n", "b-2", "my-agent");
  CHECK_THAT(shown({read(text), contrary}),
             Contains("# TYPE jobs untyped\n") && Contains("} 1\n") && Contains("} 2\n"));
}

TEST_CASE("What an agent should not say is dropped and counted, and the rest is shown", "[server]") {
  const std::string line = GENERATE(
      as<std::string>{}, "x", "x ", "x one", "x 1 1700000000", "x 0x10", "x nan", "x 1e999999", "x  1", "y 1",
      "x_sum 1", "x{} 1", "x{a} 1", "x{a=1} 1", "x{a=\"1} 1", "x{a=\"1\"} ", "x{a=\"1\\\"} 1",
      "x{a=\"1\",} 1", "x{a=\"1\"b=\"2\"} 1", "x{a=\"1\",a=\"2\"} 1", "x{id=\"b-2\"} 1",
      "x{agent_type=\"t\"} 1", "x{__name__=\"up\"} 1", "x{a-b=\"1\"} 1", "{} 1", " 1", "x{a=\"1\"}1", "x\t1");
  CAPTURE(line);
  const AgentSeries series = read("# TYPE x gauge\n" + line + "\nx 7\n");
  CHECK(dropped(series, SeriesDrop::malformed) == 1);
  CHECK(shown({series}) == "# TYPE x gauge\nx{agent_type=\"my-agent\",id=\"a-1\"} 7\n");
}

TEST_CASE("Names of the platform, unknown types and repeated families are not shown", "[server]") {
  const std::string head = GENERATE(as<std::string>{}, "agent_count gauge", "agent_server_sessions gauge",
                                    "in_packets gauge", "out_bytes counter", "api_counter_x counter");
  const std::string name = head.substr(0, head.find(' '));
  const AgentSeries series = read("# TYPE " + head + "\n" + name + " 1\n");
  CHECK(series.families.empty());
  CHECK(dropped(series, SeriesDrop::reserved) == 1);
  for (const char* type :
       {"# TYPE x summary\n", "# TYPE x\n", "# TYPE 1x gauge\n", "# TYPE x-y gauge\n", ""}) {
    const AgentSeries none = read(type + std::string("x 1\n"));
    CHECK(none.families.empty());
    CHECK(dropped(none, SeriesDrop::malformed) == 1);
  }
  const AgentSeries twice = read("# TYPE x gauge\nx 1\nx 2\n# TYPE x counter\nx 3\n");
  CHECK(dropped(twice, SeriesDrop::duplicate) == 1);
  CHECK(dropped(twice, SeriesDrop::malformed) == 1);
  CHECK(shown({twice}) == "# TYPE x gauge\nx{agent_type=\"my-agent\",id=\"a-1\"} 1\n");
}

TEST_CASE("Labels in another order are the same series", "[server]") {
  const AgentSeries series = read("# TYPE x gauge\nx{a=\"1\",b=\"2\"} 1\nx{b=\"2\",a=\"1\"} 2\n");
  CHECK(dropped(series, SeriesDrop::duplicate) == 1);
}

TEST_CASE("What one agent may show is bounded in lines and in bytes", "[server]") {
  std::string many = "# TYPE x gauge\n";
  for (std::size_t i = 0; i < kSeriesMax + 10; ++i) many += "x{n=\"" + std::to_string(i) + "\"} 1\n";
  CHECK(dropped(read(many), SeriesDrop::limit) == 10);

  std::string large = "# TYPE x gauge\n";
  for (int i = 0; i < 40; ++i) large += "x{n=\"" + std::to_string(i) + std::string(1000, 'y') + "\"} 1\n";
  const AgentSeries series = read(large);
  CHECK(shown({series}).size() < kSeriesBytesMax + 100);
  CHECK(dropped(series, SeriesDrop::limit) > 0);

  const AgentSeries huge =
      read("# TYPE x gauge\nx 1\n" + std::string(kSeriesTextMax, '#') + "\nx{a=\"1\"} 1\n");
  CHECK(dropped(huge, SeriesDrop::limit) == 1);
  CHECK(shown({huge}) == "# TYPE x gauge\nx{agent_type=\"my-agent\",id=\"a-1\"} 1\n");
}

TEST_CASE("Series come with the report of an agent that has agreed to it, and go with the agent",
          "[server]") {
  test::Rig rig;
  const bool capable = GENERATE(true, false);
  rig.run(reports(rig, capable ? std::vector<std::string>{"series"} : std::vector<std::string>{}, capable));
}
