// What metrics-agent reports, and when.
#include <agent/config.hpp>
#include <agent/testing.hpp>
#include <agent/wire/control.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "core/agent_state.hpp"
#include "examples/metrics-agent/job_phase.hpp"
#include "tests/examples/fake_sampling.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace std::chrono_literals;
using test::FakeMetrics;
using wire::DynamicReply;
using wire::StaticReply;

namespace {

constexpr const char* kAll = "task.jobs = static,usage,process,conns,temps\n";

// How many reports of each kind there are, told apart as an original server does.
std::map<std::string, std::size_t> kinds_of(const TestServer& server) {
  std::map<std::string, std::size_t> counts;
  counts["static"] = server.reports<StaticReply>().size();
  for (const DynamicReply& report : server.reports<DynamicReply>()) {
    ++counts[report.usage                  ? "usage"
             : !report.processes.empty()   ? "process"
             : !report.connections.empty() ? "conns"
                                           : "temps"];
  }
  return counts;
}

using Counts = std::map<std::string, std::size_t>;

std::vector<std::uint64_t> usages(const TestServer& server) {
  std::vector<std::uint64_t> numbers;
  for (const DynamicReply& report : server.reports<DynamicReply>()) {
    if (report.usage) numbers.push_back(report.usage->memory.used);
  }
  return numbers;
}

std::vector<std::uint64_t> up_to(std::uint64_t last) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 1; number <= last; ++number) numbers.push_back(number);
  return numbers;
}

std::string problems_of(const std::string& text) {
  FakeMetrics fake;
  try {
    TestServer server(fake.agent, text);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("Every job of metrics-agent reports at its own default interval", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, kAll);
  server.advance(60s);
  CHECK(kinds_of(server) == Counts{{"static", 1}, {"usage", 12}, {"process", 1}, {"conns", 1}, {"temps", 1}});
  server.advance(24h);
  CHECK(kinds_of(server) ==
        Counts{{"static", 2}, {"usage", 17292}, {"process", 1441}, {"conns", 1441}, {"temps", 1441}});
  CHECK(server.reports<StaticReply>()[0].host.name == "host-1");  // of the reports' own sampling
}

TEST_CASE("Nothing is reported without task.jobs, as by the original", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, GENERATE("", "task.jobs =\n"));
  server.advance(1h);
  CHECK(server.report_texts().empty());
}

TEST_CASE("A report of metrics-agent has one part, and the times of its sample", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, kAll);
  const wire::Time before = wire::Time::now();
  server.advance(60s);
  for (const DynamicReply& report : server.reports<DynamicReply>()) {
    const int parts = report.usage.has_value() + !report.processes.empty() + !report.connections.empty() +
                      !report.temperatures.empty();
    CHECK(parts == 1);
    CHECK(report.begin.seconds >= before.seconds);
    CHECK(report.end.seconds >= report.begin.seconds);
  }
}

TEST_CASE("Agents that start together report in different seconds, each always in the same", "[examples]") {
  std::map<std::int64_t, int> per_second;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = "agent-" + std::to_string(i);
    const std::chrono::nanoseconds phase = phase_of(id, "host");
    CHECK(phase == phase_of(id, "host"));
    ++per_second[std::chrono::duration_cast<std::chrono::seconds>(phase).count()];
  }
  CHECK(per_second.size() == 60);
  for (const auto& [second, agents] : per_second) CHECK(agents < 240);  // 167 on average
  CHECK(phase_of("", "host-a") != phase_of("", "host-b"));
}

TEST_CASE("A job begins within its interval and a minute, and at its agent's phase", "[examples]") {
  CHECK(first_pause(42s, 60s, 0s) == 42s);
  CHECK(first_pause(42s, 5s, 0s) == 2s);
  CHECK(first_pause(42s, 24h, 0s) == 42s);
  CHECK(first_pause(42s, 60s, 100s) == 2s);   // begun later: the others are at 102
  CHECK(first_pause(42s, 24h, 1000s) == 2s);  // not in a day
  CHECK(first_pause(0s, 5s, 5s) == 0s);
  CHECK(first_pause(3s, 5s, 4s) == 4s);
}

TEST_CASE("All jobs of a metrics-agent, and its reports on itself, come at the same moments if they can",
          "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, std::string(kAll) + "monitor.enabled = true\nmonitor.interval = 10s\n");
  int moments = 0;
  std::size_t before = 0;
  for (int second = 0; second < 600; ++second) {
    server.advance(1s);
    if (server.report_texts().size() > before) ++moments;
    before = server.report_texts().size();
  }
  CHECK(moments == 120);  // those of usage; 180 if the reports on itself had moments of their own
  CHECK(server.reports<wire::MetricsStatus>().size() == 60);
}

TEST_CASE("A job that takes longer than its interval is not started twice", "[examples]") {
  FakeMetrics fake;
  fake.machine.takes = 12s;
  TestServer server(fake.agent, "task.jobs = usage");
  server.advance(10min);
  CHECK(fake.machine.most_running == 1);
  CHECK(usages(server).size() > 35);
  // Neither when it is taken out meanwhile and put in again.
  for (int i = 0; i < 20; ++i) {
    server.send(wire::CollectChange{});
    server.send(wire::CollectChange{{"usage"}});
    server.advance(3s);
  }
  CHECK(fake.machine.most_running == 1);
}

TEST_CASE("A sample that fails is counted, and the next one is taken", "[examples]") {
  FakeMetrics fake;
  fake.machine.fault = "no /proc";
  TestServer server(fake.agent, "task.jobs = usage\nmonitor.enabled = true");
  server.advance(60s);
  CHECK(kinds_of(server)["usage"] == 0);
  CHECK(server.metric("metrics_failed_samples_total") == 12);
  // The samplings' 10 and 20, and the failures; the last sample began with the status.
  CHECK(server.reports<wire::MetricsStatus>().back().warnings >= 41);
  fake.machine.fault.clear();
  server.advance(60s);
  CHECK(kinds_of(server)["usage"] == 12);
}

TEST_CASE("An interval below a second is one second, and the log says so", "[examples]") {
  const std::string interval = GENERATE("0", "1ms", "999ms", "-5s");
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = usage\ntask.usage.interval = " + interval);
  server.advance(60s);
  CHECK(usages(server).size() == 60);
  Settings settings = Settings::parse("task.temps.interval = " + interval);
  TaskSettings own;
  settings.read(own);
  own.check(settings);
  REQUIRE(settings.warnings().size() == 1);
  CHECK(to_string(settings.warnings()[0]).find("task.temps.interval: ") != std::string::npos);
  CHECK(to_string(settings.warnings()[0]).find("every 1s") != std::string::npos);
}

TEST_CASE("Unknown jobs, kinds and keys are errors that name the known ones", "[examples]") {
  using Catch::Contains;
  CHECK_THAT(problems_of("task.jobs = static,cpu"), Contains("'cpu'") && Contains("static, usage, process"));
  CHECK_THAT(problems_of("task.conns.allow = tcp,sctp"), Contains("'sctp'") && Contains("tcp4, tcp6, udp"));
  CHECK_THAT(problems_of("task.process.cmdline = none"), Contains("masked, full, name"));
  CHECK_THAT(problems_of("task.usage.intervall = 5s"),
             Contains("task.usage.intervall: is unknown") && Contains("task.temps.interval"));
  CHECK_THAT(problems_of("host.rot = /"), Contains("host.root"));
  CHECK_THAT(problems_of("host.root = /no/such/place"), Contains("/no/such/place"));
  CHECK_THAT(problems_of("host.root = host"), Contains("absolute"));
  CHECK(problems_of(
            "task.process.qps_limit = -1\ntask.conns.qps_limit = 500\ntask.conns.allow = tcp, unix") == "");
}

TEST_CASE("The settings of an original's sample file are taken as they are", "[examples]") {
  CHECK(problems_of("limit.cpu_quota = 0\nmonitor.enabled = true\nmonitor.interval = 10s\n"
                    "task.jobs = static,usage,process,conns,temps\ntask.static.interval = 24h\n"
                    "task.usage.interval = 5s\ntask.process.interval = 1m\ntask.process.qps_limit = 200\n"
                    "task.conns.interval = 1m\ntask.conns.qps_limit = 500\ntask.conns.allow = tcp,udp,unix\n"
                    "task.temps.interval = 1m\n") == "");
}

TEST_CASE("A change of jobs takes effect at once and leaves the other jobs alone", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = usage");
  server.advance(60s);
  CHECK(kinds_of(server)["usage"] == 12);
  server.send(wire::CollectChange{{"usage", "temps", "static"}});
  server.forget_reports();
  server.advance(60s);
  CHECK(kinds_of(server) == Counts{{"static", 1}, {"usage", 12}, {"temps", 1}});
  server.forget_reports();
  server.send(wire::CollectChange{});
  server.advance(1h);
  CHECK(server.report_texts().empty());
}

TEST_CASE("A change of jobs is answered only if it asks for that", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, kAll);
  CHECK(server.call(wire::CollectChange{{"static"}}).texts().empty());
  const TestCall call = server.call(wire::CollectChange{{"usage", "conns"}, true});
  const auto status = call.reply<wire::CollectStatus>();
  REQUIRE(status.jobs.size() == 2);
  CHECK(status.jobs[0].name == "usage");
  CHECK(status.jobs[0].interval == 5s);
  CHECK(status.jobs[1].name == "conns");
  // What is wrong changes nothing, and is told to whoever listens.
  CHECK(server.call(wire::CollectChange{{"usage", "cpu"}}).texts().empty());
  const TestCall wrong = server.call(wire::CollectChange{{"usage", "cpu"}, true});
  CHECK(wrong.error() == "there is no job 'cpu', only static,usage,process,conns,temps");
  CHECK(server.call(wire::CollectQuery{}).reply<wire::CollectStatus>().jobs.size() == 2);
}

TEST_CASE("A change of jobs is one line of the file", "[examples]") {
  test::TempDir dir;
  const std::string before =
      "# mine\nbasic.id = a\n\ntask.jobs = static,usage  # these\ntask.usage.interval = 5s\n";
  const std::string path = dir.write("agent.conf", before);
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = static,usage");
  core::state_of(fake.agent).config_path = path;
  const auto content = [&path] {
    std::ifstream file(path);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  server.call(wire::CollectChange{{"usage", "static"}, true});
  CHECK(content() == before);  // nothing has changed
  server.call(wire::CollectChange{{"temps", "usage"}, true});
  CHECK(content() == "# mine\nbasic.id = a\n\ntask.jobs = usage,temps  # these\ntask.usage.interval = 5s\n");
  server.call(wire::CollectChange{{}, true});
  const std::string empty = content();
  CHECK(empty.find("task.jobs =") != std::string::npos);
  Settings settings = Settings::parse(empty);
  TaskSettings own;
  settings.read(own);
  CHECK(own.jobs.empty());
  CHECK(settings.problems().empty());
}

TEST_CASE("A file that cannot be written does not keep the jobs from changing", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = usage");
  core::state_of(fake.agent).config_path = "/no/such/file.conf";
  CHECK(server.call(wire::CollectChange{{"temps"}, true}).reply<wire::CollectStatus>().jobs.size() == 1);
  server.advance(60s);
  CHECK(kinds_of(server)["temps"] == 1);
}

TEST_CASE("The status of metrics-agent comes right before each report on itself", "[examples]") {
  FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = usage,temps\nmonitor.enabled = true\nmonitor.interval = 10s\n");
  server.advance(120s);
  std::vector<int> types;
  for (const std::string& text : server.report_texts()) types.push_back(Envelope::parse(text).type());
  int statuses = 0;
  for (std::size_t i = 0; i + 1 < types.size(); ++i) {
    if (types[i] != wire::MetricsStatus::message.type) continue;
    ++statuses;
    CHECK(types[i + 1] == wire::AgentInfo::message.type);
  }
  CHECK(statuses == 12);
  std::uint64_t bytes = 0;
  for (const std::string& text : server.report_texts()) {
    if (text.find("\"usage\":{") != std::string::npos) bytes += text.size();
  }
  const wire::MetricsStatus status = server.reports<wire::MetricsStatus>().back();
  REQUIRE(status.jobs.size() == 2);
  CHECK(status.jobs[0].name == "usage");
  CHECK(status.jobs[0].interval == 5);
  // Of 24 reports at most the one that began with the status, and the one after it, are not in it.
  CHECK(status.jobs[0].count <= 24);
  CHECK(status.jobs[0].count >= 22);
  CHECK(status.jobs[0].bytes_sent >= bytes / 24 * 22);
  CHECK(status.jobs[1].name == "temps");
}

TEST_CASE("A day without a server costs no sample", "[examples]") {
  test::TempDir dir;
  FakeMetrics fake;
  TestServer server(fake.agent, kAll + ("spool.dir = " + dir.file("spool") + "\n"));
  server.advance(10min);
  server.disconnect();
  server.advance(24h);
  server.connect();
  server.advance(10min);
  CHECK(fake.machine.usages >= 17'520);
  CHECK(usages(server) == up_to(fake.machine.usages));
  CHECK(kinds_of(server)["process"] == 1460);
  CHECK(kinds_of(server)["static"] == 2);
  CHECK(server.metric("report_spool_dropped_total") == 0);
}

TEST_CASE("A day without a server and with too little space costs the oldest samples, counted",
          "[examples]") {
  test::TempDir dir;
  FakeMetrics fake;
  TestServer server(fake.agent,
                    "task.jobs = usage\nspool.size = 256Ki\nspool.dir = " + dir.file("spool") + "\n");
  server.disconnect();
  server.advance(24h);
  server.connect();
  const auto dropped = static_cast<std::uint64_t>(server.metric("report_spool_dropped_total"));
  const std::vector<std::uint64_t> numbers = usages(server);
  CHECK(dropped > 10'000);
  CHECK(numbers.size() + dropped == fake.machine.usages);
  REQUIRE_FALSE(numbers.empty());
  CHECK(numbers.front() == dropped + 1);
  CHECK(numbers.back() == fake.machine.usages);
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
}
