// Lines of a log, for each parser of logkit-agent.
#include <agent/json_value.hpp>
#include <agent/utf8.hpp>

#include "examples/logkit-agent/parse/json_members.hpp"
#include "examples/logkit-agent/parse/parser.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace logkit;

constexpr std::array kConfigs{
    R"({"type": "raw"})",
    R"({"type": "json"})",
    R"({"type": "csv", "csv_splitter": ",", "csv_schema": "a long, b string, c float, d date, e bool"})",
    R"({"type": "csv", "csv_splitter": ";", "csv_schema": "a jsonmap{x long, y date}, b jsonmap, c string"})",
    R"({"type": "csv", "csv_splitter": ",", "csv_allow_more": "more", "csv_contain_splitter_key": "a"})",
    R"({"type": "kv"})",
    R"({"type": "logfmt", "keep_string": true, "splitter": ":"})",
    R"~({"type": "nginx", "nginx_log_format_regex": "^(?P<a>\\S+) (?P<b>\\S+) (?P<c>.*)$",
         "nginx_schema": "a date, b long, c float"})~",
    R"({"type": "syslog", "facility_detail": true, "severity_detail": true, "timezone_offset": "+8"})",
    R"({"type": "syslog", "rfc3164_parse_year": true})",
    R"({"type": "grok", "grok_patterns": "%{COMBINED_LOG_FORMAT},%{COMMON_LOG_FORMAT},%{SYSLOGLINE}"})",
    R"({"type": "grok", "grok_mode": "multi",
        "grok_patterns": "^%{NUMBER:n:float} %{INT:i:long} %{GREEDYDATA:d:date}$"})",
    R"({"type": "empty"})",
};

std::vector<ParserFrame> make_parsers() {
  std::vector<ParserFrame> parsers;
  for (const char* config : kConfigs) {
    const auto document = agent::json::Document::parse(config);
    parsers.push_back(logkit::make_parser(PartOptions(document.root(), "parser")));
  }
  return parsers;
}

// Records are valid, and come back from their JSON.
class Sink final : public RecordSink {
 public:
  Record& record() override {
    record_.clear();
    return record_;
  }
  void done() override {
    std::string json;
    append_json(json, record_.fields());
    constexpr int kDeep = 1000;
    fuzz::require(agent::is_utf8(json), "a record that is no UTF-8: " + json);
    fuzz::require(skip_json(json.data(), json.data() + json.size(), kDeep) == json.data() + json.size(),
                  "a record that is no JSON: " + json);
    Arena arena;
    Record again(arena);
    if (skip_json(json.data(), json.data() + json.size()) == nullptr) return;  // nested too deeply
    fuzz::require(add_json_members(json, again), "a record that is no object: " + json);
    ++records_;
  }
  std::size_t records() const { return records_; }

 private:
  Arena arena_;
  Record record_{arena_};
  std::size_t records_ = 0;
};

}  // namespace

// The first byte is the parser's number, and for csv without a schema the next line has the columns.
void fuzz::logkit_parsers(std::string_view input) {
  static const std::vector<ParserFrame> kParsers = make_parsers();
  Parser& parser = *kParsers[take_byte(input) % kParsers.size()].parser;
  const std::string text = agent::repair_utf8(input);
  std::string_view left = text;
  Sink sink;
  if (parser.has_header()) parser.set_header(take_line(left));
  while (!left.empty()) {
    const std::string_view line = take_line(left);
    const std::size_t before = sink.records();
    std::string why;
    const bool is_parsed = parser.parse(line, sink, why);
    require(is_parsed || !why.empty(), "a line that is refused without a reason");
    require(is_parsed || sink.records() == before, "a line that is refused and makes a record");
  }
}
