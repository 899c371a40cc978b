// The messages of the wire, one per line in golden/*.json, with keys in the order in which we write them.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "agent/message.hpp"
#include "agent/wire/plugin.hpp"
#include "tests/base/all_messages.hpp"
#include "tests/support/places.hpp"

using namespace agent;
using namespace agent::wire;

namespace {

std::vector<std::string> golden(const std::string& name) {
  std::ifstream file(test::source_path("tests/base/golden/" + name));
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  json::Document list = json::Document::parse(text.str());
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < list.root().size(); ++i) messages.push_back(list.root().at(i).text());
  REQUIRE_FALSE(messages.empty());
  return messages;
}

template <Message... Ts>
std::string encode_again(const Envelope& envelope, test::MessageList<Ts...>) {
  std::string out;
  const bool known = ((Ts::message.type == envelope.type() &&
                       !(out = encode_message(envelope.payload<Ts>(), envelope.tid())).empty()) ||
                      ...);
  if (!known) FAIL("no message has the type " << envelope.type());
  return out;
}

// What requests to classic agents carry beside their payload.
void insert_plugin(std::string& text, const Envelope& envelope) {
  const json::Value value = envelope.root().find("plugin");
  if (value.is_null()) return;
  Plugin plugin;
  json::read(value, plugin);
  const std::string tid = json::encode(std::string(envelope.tid()));
  text.insert(text.find(tid) + tid.size(), ",\"plugin\":" + json::encode(plugin));
}

std::string encode_again(const Envelope& envelope) {
  if (envelope.type() == kErrorType) return encode_error(envelope.errmsg(), envelope.tid());
  std::string text = encode_again(envelope, test::AllMessages());
  insert_plugin(text, envelope);
  return text;
}

bool same(json::Value a, json::Value b);

bool same_elements(json::Value a, json::Value b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a.at(i), b.at(i))) return false;
  }
  return a.size() == b.size();
}

bool same_members(json::Value a, json::Value b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto [name, value] = a.member(i);
    if (!same(value, b.find(name))) return false;
  }
  return a.size() == b.size();
}

// Equal but for the order of keys and the way numbers are written.
bool same(json::Value a, json::Value b) {
  if (a.is_object()) return b.is_object() && same_members(a, b);
  if (a.is_array()) return b.is_array() && same_elements(a, b);
  if (a.is_number()) return b.is_number() && a.as_double() == b.as_double();
  return a.text() == b.text();
}

}  // namespace

TEST_CASE("Every golden message decodes and encodes to the same text", "[base]") {
  const auto file =
      GENERATE(as<std::string>(), "control.json", "exec.json", "file.json", "install.json", "ipmi.json",
               "logging.json", "logs.json", "metrics.json", "rpa.json", "snmp.json");
  for (const std::string& text : golden(file)) {
    CAPTURE(text);
    CHECK(encode_again(Envelope::parse(text)) == text);
  }
}

TEST_CASE("Every example of an original's message decodes and encodes to the same JSON", "[base]") {
  for (const std::string& text : golden("examples.json")) {
    CAPTURE(text);
    const json::Document again = json::Document::parse(encode_again(Envelope::parse(text)));
    CHECK(same(again.root(), json::Document::parse(text).root()));
  }
}

TEST_CASE("A message with its keys in another order encodes to the same tree", "[base]") {
  const std::string text =
      R"({"log_dinfo":{"md5":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16],"size":7e0,"ok":true},"tid":"t-1","type":10003})";
  const std::string text_with_integer =
      R"({"log_dinfo":{"md5":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16],"size":7,"ok":true},"tid":"t-1","type":10003})";
  const std::string again = encode_again(Envelope::parse(text_with_integer));
  CHECK(again != text_with_integer);
  CHECK(same(json::Document::parse(again).root(), json::Document::parse(text).root()));
  CHECK_FALSE(same(json::Document::parse(again).root(),
                   json::Document::parse(R"({"type":10003,"tid":"t-1"})").root()));
}

TEST_CASE("The classic report without the newer keys decodes", "[base]") {
  Envelope envelope =
      Envelope::parse(R"({"type":7,"ai":{"v":"2.0.9","gv":"go1.19","cu":0.5,"gc":null,"puc":{"exec":2}}})");
  const auto info = envelope.payload<AgentInfo>();
  CHECK(info.version == "2.0.9");
  CHECK(info.plugin_use == std::map<std::string, std::uint64_t>{{"exec", 2}});
  CHECK(info.reconnect_count == 0);
}

TEST_CASE("Go's spelling of a come decodes: escapes, local zone, keys that we do not know", "[base]") {
  Envelope envelope = Envelope::parse(
      R"({"type":1,"come":{"id":"a\u003cb\u003e","name":"exec-agent","ip":"192.0.2.10","future":{"x":[1,{}]},"cpu_core":4}})"
      "\n");
  const auto come = envelope.payload<Come>();
  CHECK(come.id == "a<b>");
  CHECK(come.ip.text == "192.0.2.10");
  CHECK(come.cpu_core == 4);
  CHECK(come.caps.empty());
}

TEST_CASE("An exec of an original that sends null and leaves keys out decodes", "[base]") {
  Envelope envelope =
      Envelope::parse(R"({"type":10,"tid":"t","exec":{"cmd":"ls","args":null,"timeout":5,"env":null}})");
  const auto exec = envelope.payload<Exec>();
  CHECK(exec.cmd == "ls");
  CHECK(exec.args.empty());
  CHECK(exec.timeout == 5);
  CHECK(exec.auth.empty());
  CHECK_FALSE(exec.argv);
  CHECK_FALSE(exec.pipes);
}

TEST_CASE("An end from an original has neither signal nor timed_out", "[base]") {
  Envelope envelope =
      Envelope::parse(R"({"type":13,"tid":"t","exec_done":{"code":-1,"t":"2026-03-01T08:30:00.31Z"}})");
  const auto done = envelope.payload<ExecDone>();
  CHECK(done.code == -1);
  CHECK(done.signal == 0);
  CHECK_FALSE(done.timed_out);
}

TEST_CASE("An exec without limits is byte for byte what originals get", "[base][limits]") {
  const Exec exec{.cmd = "df", .args = {"-h"}, .timeout = 30, .env = {"LC_ALL=C"}, .drm = "/tmp/x"};
  CHECK(
      encode_message(exec, "t") ==
      R"({"type":10,"tid":"t","exec":{"cmd":"df","args":["-h"],"timeout":30,"env":["LC_ALL=C"],"drm":"/tmp/x"}})");
}

TEST_CASE("Figures that nobody can have counted leave the end of a command readable", "[base][limits]") {
  const Envelope envelope = Envelope::parse(
      R"({"type":13,"tid":"t","exec_done":{"code":3,"t":"2026-03-01T08:30:00Z","oom_kills":-1,"pids":"x",)"
      R"("ended_by":7,"bound":null,"usage":{"cpu_seconds":"NaN","peak_memory":-5,"read_bytes":1.5,)"
      R"("written_bytes":99999999999999999999999,"peak_pids":4}}})");
  const auto done = envelope.payload<ExecDone>();
  CHECK(done.code == 3);
  CHECK(done.oom_kills == 0);
  CHECK_FALSE(done.pids);
  CHECK(done.ended_by.empty());
  CHECK(done.usage == wire::CommandUsage{.peak_pids = 4});
  CHECK(Envelope::parse(R"({"type":13,"exec_done":{"code":3,"usage":[1]}})").payload<ExecDone>().usage ==
        wire::CommandUsage());
}

TEST_CASE("Thousands of limits in a self-report are few when they are read", "[base][limits]") {
  std::string list = R"({"kind":"cpu","enforced":true})";
  for (int i = 0; i < 5000; ++i) list += R"(,{"kind":"cpu"})";
  const auto info =
      Envelope::parse(R"({"type":7,"ai":{"v":"1","limits":[)" + list + "]}}").payload<AgentInfo>();
  CHECK(info.limits.list.size() == LimitReports::kMost);
  CHECK(info.limits.list.front().enforced);
  const auto broken =
      Envelope::parse(R"({"type":7,"ai":{"v":"1","limits":[{"enforced":5}],"wcs":3}})").payload<AgentInfo>();
  CHECK(broken.limits.list.empty());
  CHECK(broken.write_queue == 3);
}

TEST_CASE("The limits of a command come back from the wire as they were", "[base][limits]") {
  const agent::CommandLimits limits{.cpu_percent = 150, .memory = Bytes{1}, .pids = 2, .cpu_seconds = 3};
  CHECK(from_wire(to_wire(limits)) == limits);
  CHECK_FALSE(to_wire({}).any());
}
