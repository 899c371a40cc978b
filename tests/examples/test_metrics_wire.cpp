// Messages 30 to 37 as an original server reads them (wire protocol, sections 2, 6.6 and 7.5).
#include <agent/testing.hpp>
#include <agent/wire/control.hpp>
#include <catch2/catch.hpp>
#include <limits>

#include "tests/examples/fake_sampling.hpp"
#include "tests/examples/strict_decoder.hpp"

using namespace agent;
using namespace agent::wire;
using namespace test::shape;
using namespace std::chrono_literals;
using test::StrictDecoder;
using test::StrictShape;

namespace {

StrictShape texts() { return list(text()).or_none(); }
StrictShape some_text() { return text().or_none(); }
StrictShape some_u64() { return uint64().or_none(); }
StrictShape some_decimal() { return decimal().or_none(); }

// Around a payload. `tid`: of a reply; a report has none.
StrictShape message(const std::string& key, StrictShape payload, bool is_reply) {
  StrictShape::Members members{{"type", int64()}, {key, std::move(payload)}};
  if (is_reply) members.emplace_back("tid", text());
  return object(std::move(members));
}

StrictShape facts_shape() {
  const StrictShape core = object({{"processor", int32().or_none()},
                                   {"model", some_text()},
                                   {"core", int32().or_none()},
                                   {"cores", int32().or_none()},
                                   {"physical", int32().or_none()},
                                   {"mhz", some_decimal()}});
  const StrictShape disk =
      object({{"model", some_text()}, {"total", some_u64()}, {"type", some_text()}, {"parts", texts()}});
  const StrictShape part = object({{"name", some_text()},
                                   {"fstype", some_text()},
                                   {"opts", texts()},
                                   {"total", some_u64()},
                                   {"inodes", some_u64()},
                                   {"unmeasured", some_text()}});
  const StrictShape link = object({{"index", int64().or_none()},
                                   {"name", some_text()},
                                   {"mtu", int64().or_none()},
                                   {"flags", texts()},
                                   {"mac", some_text()},
                                   {"addrs", texts()}});
  const StrictShape user = object({{"name", some_text()}, {"id", some_text()}, {"gid", some_text()}});
  return object({{"time", time()},
                 {"host", object({{"name", some_text()}, {"uptime", int64().or_none()}})},
                 {"os", object({{"name", some_text()},
                                {"pname", some_text()},
                                {"pversion", some_text()},
                                {"install", time()},
                                {"startup", time()}})},
                 {"kernel", object({{"version", some_text()}, {"arch", some_text()}})},
                 {"cpu", object({{"physical", int64().or_none()},
                                 {"logical", int64().or_none()},
                                 {"cores", list(core).or_none()}})},
                 {"memory", object({{"physical", some_u64()}, {"swap", some_u64()}})},
                 {"disks", list(disk).or_none()},
                 {"parts", list(part).or_none()},
                 {"nameservers", texts()},
                 {"gateway", some_text()},
                 {"interface", list(link).or_none()},
                 {"user", list(user).or_none()},
                 {"container", object({{"cpus", some_decimal()}, {"memory", some_u64()}}).or_none()}});
}

StrictShape usage_shape() {
  const StrictShape part = object({{"name", some_text()},
                                   {"used", some_u64()},
                                   {"free", some_u64()},
                                   {"usage", some_decimal()},
                                   {"iused", some_u64()},
                                   {"ifree", some_u64()},
                                   {"iusage", some_decimal()},
                                   {"rps", some_decimal()},
                                   {"wps", some_decimal()},
                                   {"iip", some_u64()},
                                   {"unmeasured", some_text()}});
  const StrictShape link = object({{"name", some_text()},
                                   {"bsent", some_u64()},
                                   {"brecv", some_u64()},
                                   {"psent", some_u64()},
                                   {"precv", some_u64()}});
  return object(
      {{"cpu", object({{"usage", some_decimal()},
                       {"load1", some_decimal()},
                       {"load5", some_decimal()},
                       {"load15", some_decimal()}})},
       {"mem", object({{"used", some_u64()},
                       {"free", some_u64()},
                       {"available", some_u64()},
                       {"usage", some_decimal()},
                       {"sused", some_u64()},
                       {"sfree", some_u64()},
                       {"zfs", some_u64()}})},
       {"parts", list(part).or_none()},
       {"intferface", list(link).or_none()},
       {"first", boolean().or_none()},
       {"container",
        object({{"cpu", some_decimal()}, {"used", some_u64()}, {"usage", some_decimal()}}).or_none()}});
}

StrictShape dynamic_shape() {
  const StrictShape process = object({{"id", int32().or_none()},
                                      {"pid", int32().or_none()},
                                      {"user", some_text()},
                                      {"cpu", some_decimal()},
                                      {"rss", some_u64()},
                                      {"vms", some_u64()},
                                      {"swap", some_u64()},
                                      {"mem", some_decimal()},
                                      {"cmd", texts()},
                                      {"listen", list(uint32()).or_none()},
                                      {"conns", int64().or_none()},
                                      {"life", boolean().or_none()}});
  const StrictShape connection = object({{"fd", uint32().or_none()},
                                         {"pid", int32().or_none()},
                                         {"type", some_text()},
                                         {"local", some_text()},
                                         {"remote", some_text()},
                                         {"status", some_text()}});
  const StrictShape count = object({{"type", text()}, {"status", text()}, {"count", uint64()}});
  const StrictShape temperature = object({{"name", some_text()}, {"temp", some_decimal()}});
  return object({{"begin", time()},
                 {"end", time()},
                 {"usage", usage_shape().or_none()},
                 {"process", list(process).or_none()},
                 {"conns", list(connection).or_none()},
                 {"temps", list(temperature).or_none()},
                 {"process_cut", some_u64()},
                 {"conns_cut", some_u64()},
                 {"conns_count", list(count).or_none()}});
}

StrictShape status_shape() {
  const StrictShape job = object({{"name", some_text()}, {"interval", int64().or_none()}});
  return object({{"jobs", list(job).or_none()}, {"aconns", texts()}});
}

StrictShape agent_status_shape() {
  const StrictShape job = object({{"name", text()}, {"i", uint64()}, {"bs", uint64()}, {"ct", uint64()}});
  return object({{"jobs", list(job).or_none()}, {"warns", uint64()}});
}

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

StaticReply full_facts() {
  StaticReply facts;
  facts.time = parse_time("2026-03-01T08:30:00.25+08:00");
  facts.host = {"web-1 <\"\xff>", 90s};
  facts.os = {"linux", "debian", "12.5", parse_time("2025-01-05T10:00:00Z"), facts.time};
  facts.kernel = {"6.1.0", "x86_64"};
  facts.cpu.physical = 2;
  facts.cpu.logical = 4;
  facts.cpu.cores.resize(2);
  facts.cpu.cores[1].processor = 1;
  facts.cpu.cores[1].mhz.value = 2449.999;
  facts.memory = {kMost, kMost};
  facts.disks.push_back({"QEMU", kMost, "SSD", {"/dev/sda1"}});
  facts.parts.resize(1);
  facts.parts[0].name = "/";
  facts.parts[0].total = kMost;
  facts.parts[0].unmeasured = "hung";
  facts.container.emplace();
  facts.container->cpus.value = 1.5;
  facts.container->memory = kMost;
  facts.nameservers = {"192.0.2.53"};
  facts.gateway = "192.0.2.1";
  facts.interfaces.resize(1);
  facts.interfaces[0].index = 2;
  facts.users.push_back({"root", "0", "0"});
  return facts;
}

DynamicReply full_reply() {
  DynamicReply reply;
  reply.begin = Time::now();
  reply.end = Time::now();
  reply.usage.emplace();
  reply.usage->cpu.usage.value = 0.001;
  reply.usage->cpu.load1.value = 1e20;
  reply.usage->memory.used = kMost;
  reply.usage->memory.zfs = kMost;
  reply.usage->first = true;
  reply.usage->container.emplace();
  reply.usage->container->memory_used = kMost;
  reply.usage->container->memory.value = 50;
  reply.usage->parts.resize(1);
  reply.usage->parts[0].read_per_second.value = 1.0 / 3;
  reply.usage->parts[0].unmeasured = "automount";
  reply.usage->interfaces.resize(1);
  reply.usage->interfaces[0].bytes_sent = kMost;
  reply.processes.resize(2);
  reply.processes[0].pid = 1;
  reply.processes[0].cmd = {"sh", "", "\x01"};
  reply.processes[0].listen = {80, 65535};
  reply.processes[0].whole_life = true;
  reply.processes_cut = kMost;
  reply.connections_cut = kMost;
  reply.connection_counts.push_back({"tcp4", "TIME_WAIT", kMost});
  reply.connections.push_back({3, 1, "tcp4", "0.0.0.0:80", "0.0.0.0", "LISTEN"});
  reply.temperatures.resize(1);
  reply.temperatures[0].celsius.value = -40;
  return reply;
}

template <class T>
void check_strictly(const T& payload, const StrictShape& shape) {
  const bool is_reply = GENERATE(true, false);
  const std::string json = encode_message(payload, is_reply ? "t-1" : "");
  CAPTURE(json);
  CHECK_NOTHROW(StrictDecoder::read(json, message(std::string(T::message.key), shape, is_reply)));
}

}  // namespace

TEST_CASE("A strict decoder sees what an original would close the connection for", "[examples]") {
  const StrictShape shape = object({{"n", uint32()}, {"f", decimal().or_none()}, {"t", time().or_none()}});
  const auto read = [&shape](const char* json) { StrictDecoder::read(json, shape); };
  CHECK_NOTHROW(read(R"({"n":1,"f":0.50,"t":"2026-03-01T08:30:00.25+08:00"})"));
  for (const char* json : {R"({"n":1.0})", R"({"n":1e3})", R"({"n":-1})", R"({"n":4294967296})",
                           R"({"n":"1"})", R"({"n":1,"f":0.5})", R"({"n":1,"f":1})", R"({"n":1,"t":""})",
                           R"({"n":1,"t":"2026-03-01 08:30:00Z"})", R"({"n":1,"x":1})", R"({"n":1,"n":1})",
                           R"({})", R"({"n":1}x)"}) {
    CAPTURE(json);
    CHECK_THROWS(read(json));
  }
}

TEST_CASE("Facts and samples with every field are read by a strict decoder", "[examples]") {
  SECTION("31") { check_strictly(full_facts(), facts_shape()); }
  SECTION("33") { check_strictly(full_reply(), dynamic_shape()); }
}

TEST_CASE("Messages of metrics-agent without any value are those of an original", "[examples]") {
  const std::string zero = "\"0001-01-01T00:00:00Z\"";
  CHECK(encode_message(StaticReply{}) == R"({"type":31,"hm_static":{"time":)" + zero +
                                             R"(,"host":{},"os":{"install":)" + zero + R"(,"startup":)" +
                                             zero + R"(},"kernel":{},"cpu":{},"memory":{}}})");
  CHECK(encode_message(DynamicReply{}) ==
        R"({"type":33,"hm_dynamic_rep":{"begin":)" + zero + R"(,"end":)" + zero + "}}");
  DynamicReply usage;
  usage.usage.emplace();
  CHECK(encode_message(usage).find(R"("usage":{"cpu":{},"mem":{}})") != std::string::npos);
  CHECK(encode_message(CollectStatus{}, "t") == R"({"type":35,"tid":"t","hm_status_rep":{}})");
  CHECK(encode_message(MetricsStatus{}) == R"({"type":37,"hm_agent_status":{"warns":0}})");
}

TEST_CASE("Everything that a metrics-agent sends is read by a strict decoder", "[examples]") {
  test::FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = static,usage,process,conns,temps\nmonitor.enabled = true\n");
  server.advance(2min);
  int messages = 0;
  for (const std::string& json : server.report_texts()) {
    CAPTURE(json);
    const int type = Envelope::parse(json).type();
    if (type == AgentInfo::message.type) continue;
    ++messages;
    const StrictShape shape = type == 31   ? message("hm_static", facts_shape(), false)
                              : type == 33 ? message("hm_dynamic_rep", dynamic_shape(), false)
                                           : message("hm_agent_status", agent_status_shape(), false);
    CHECK_NOTHROW(StrictDecoder::read(json, shape));
  }
  CHECK(messages > 50);
  const auto read_reply = [](const TestCall& call, const char* key, const StrictShape& shape) {
    REQUIRE(call.texts().size() == 1);
    std::string json = call.texts()[0];
    CAPTURE(json);
    const std::size_t end = json.find(R"(,"call_end":true)");  // of our own servers' calls
    if (end != std::string::npos) json.erase(end, 16);
    CHECK_NOTHROW(StrictDecoder::read(json, message(key, shape, true)));
  };
  DynamicRequest all;
  all.req = {0, 1, 2, 3};
  read_reply(server.call(StaticRequest{}), "hm_static", facts_shape());
  read_reply(server.call(all), "hm_dynamic_rep", dynamic_shape());
  read_reply(server.call(CollectQuery{}), "hm_status_rep", status_shape());
}

TEST_CASE("The requests of an original server are answered as recorded", "[examples]") {
  test::FakeMetrics fake;
  TestServer server(fake.agent, "task.jobs = usage\ntask.conns.allow = tcp,udp,unix\n");
  CHECK(server.call(StaticRequest{}).replies() == 1);  // {"type":30,"tid":"…"}, without a payload
  CHECK(encode_message(StaticRequest{}, "t") == R"({"type":30,"tid":"t"})");
  DynamicRequest request;
  request.req = {1, 2};
  request.top = 5;
  request.aconns = {"tcp4", "unix"};
  CHECK(encode_message(request, "t") ==
        R"({"type":32,"tid":"t","hm_dynamic_req":{"req":[1,2],"top":5,"aconns":["tcp4","unix"]}})");
  const auto reply = server.call(request).reply<DynamicReply>();
  CHECK(reply.processes.size() == 5);
  CHECK(reply.connections.size() == 3);
  const TestCall query = server.call(CollectQuery{});
  CHECK(
      query.texts()[0] ==
      R"({"type":35,"tid":")" + query.tid() +
          R"(","hm_status_rep":{"jobs":[{"name":"usage","interval":5000000000}],"aconns":["tcp","udp","unix"]}})");
  CHECK(server.call(CollectChange{{"static", "usage"}}).texts().empty());
  CHECK(server.call(CollectQuery{}).reply<CollectStatus>().jobs.size() == 2);
  CHECK(server.call(CollectChange{}).texts().empty());
  CHECK(server.call(CollectQuery{}).reply<CollectStatus>().jobs.empty());
}
