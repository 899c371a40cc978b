#include "agent/manifest.hpp"

#include <catch2/catch.hpp>
#include <optional>

using namespace agent;

namespace {

struct Job {
  std::chrono::minutes interval{1};
  static void fields(auto& field) { field("interval", &Job::interval, "pause between two runs"); }
};

struct Sample {
  std::vector<std::string> jobs{"static", "usage"};
  std::string mode = "fast";
  std::string secret;
  int level = -3;
  std::uint16_t port = 80;
  bool on = true;
  double ratio = 0.5;
  Bytes limit{10'000'000};
  std::optional<int> maybe;
  Job job;

  static void fields(auto& field) {
    field("jobs", &Sample::jobs, "what to do", FieldRules{.one_of = "static,usage,process"});
    field("mode", &Sample::mode, "say \"fast\" or \"slow\"", FieldRules{.one_of = "fast,slow"});
    field("secret", &Sample::secret, "", FieldRules{.required = true, .secret = true});
    field("level", &Sample::level, "level", FieldRules{.min = "-5", .max = "5"});
    field("port", &Sample::port);
    field("on", &Sample::on);
    field("ratio", &Sample::ratio);
    field("limit", &Sample::limit, "limit", FieldRules{.min = "1K"});
    field("maybe", &Sample::maybe);
    field("job", &Sample::job);
  }
};

}  // namespace

TEST_CASE("manifest.yaml has type, default and rules of every setting", "[core]") {
  CHECK(manifest_yaml(describe_settings(Sample(), "p.")) ==
        R"(# Every setting of this agent. Generated: `<agent> manifest` prints it.
- key: p.jobs
  name:
    zh: "p.jobs"
    en: "p.jobs"
  desc:
    zh: "what to do"
    en: "what to do"
  type: csv
  default: ["static", "usage"]
  csv_valid: ["static", "usage", "process"]
- key: p.mode
  name:
    zh: "p.mode"
    en: "p.mode"
  desc:
    zh: "say \"fast\" or \"slow\""
    en: "say \"fast\" or \"slow\""
  type: enum
  default: "fast"
  enum_valid: ["fast", "slow"]
- key: p.secret
  name:
    zh: "p.secret"
    en: "p.secret"
  desc:
    zh: "p.secret"
    en: "p.secret"
  type: string
  required: true
- key: p.level
  name:
    zh: "p.level"
    en: "p.level"
  desc:
    zh: "level"
    en: "level"
  type: int
  default: -3
  min: -5
  max: 5
- key: p.port
  name:
    zh: "p.port"
    en: "p.port"
  desc:
    zh: "p.port"
    en: "p.port"
  type: uint
  default: 80
- key: p.on
  name:
    zh: "p.on"
    en: "p.on"
  desc:
    zh: "p.on"
    en: "p.on"
  type: bool
  default: true
- key: p.ratio
  name:
    zh: "p.ratio"
    en: "p.ratio"
  desc:
    zh: "p.ratio"
    en: "p.ratio"
  type: float
  default: 0.5
- key: p.limit
  name:
    zh: "p.limit"
    en: "p.limit"
  desc:
    zh: "limit"
    en: "limit"
  type: bytes
  default: "10M"
  min: "1K"
- key: p.maybe
  name:
    zh: "p.maybe"
    en: "p.maybe"
  desc:
    zh: "p.maybe"
    en: "p.maybe"
  type: int
- key: p.job.interval
  name:
    zh: "p.job.interval"
    en: "p.job.interval"
  desc:
    zh: "pause between two runs"
    en: "pause between two runs"
  type: duration
  default: "1m0s"
)");
}

TEST_CASE("The text of a size reads back as the same size", "[core]") {
  for (std::uint64_t value :
       {0ull, 1ull, 999ull, 1000ull, 1024ull, 10'000'000ull, 16'777'216ull, 12'345'678ull}) {
    CHECK(parse_bytes(detail::exact_bytes({value})).value == value);
  }
  CHECK(detail::exact_bytes({16'777'216}) == "16Mi");
  CHECK(detail::exact_bytes({512'000'000}) == "512M");
}
