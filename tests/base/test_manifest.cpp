#include "agent/manifest.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <optional>
#include <stdexcept>

using namespace agent;

namespace {

struct Job {
  std::chrono::minutes interval{1};
  static void fields(auto& field) { field("interval", &Job::interval, "pause between two runs"); }
};

struct Sample {
  std::vector<std::string> jobs{"static", "usage"};
  std::string mode = "fast";
  std::string secret = "hush";
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
    field("secret", &Sample::secret, "",
          FieldRules{.required = true, .secret = true, .max_length = 64, .pattern = "^[a-z]+$"});
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

TEST_CASE("manifest.yaml has type, default and rules of every setting", "[base]") {
  CHECK(manifest_yaml(describe_settings(Sample(), "p.")) ==
        R"(# Every setting of this program. Generated: `<program> manifest` prints it.
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
  secret: true
  required: true
  str_valid: "^[a-z]+$"
  len: 64
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
  max: 65535
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
  min: -2147483648
  max: 2147483647
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

namespace {

struct Places {
  std::vector<std::string> servers{"a:1"};
  std::string one;
  std::string file = "logs";
  std::string directory;
  std::vector<std::string> roots;
  std::string machine;

  static void fields(auto& field) {
    field("servers", &Places::servers, "", FieldRules{.kind = ValueKind::address, .variables = true});
    field("one", &Places::one, "", FieldRules{.kind = ValueKind::address});
    field("file", &Places::file, "", FieldRules{.kind = ValueKind::path});
    field("directory", &Places::directory, "", FieldRules{.kind = ValueKind::path, .absolute = true});
    field("roots", &Places::roots, "", FieldRules{.kind = ValueKind::path, .absolute = true});
    field("machine", &Places::machine, "", FieldRules{.kind = ValueKind::uuid});
  }
};

struct Recording {
  bool on = false;
  std::vector<std::string> parts;
  int rate = 1;

  static void fields(auto& field) {
    field("on", &Recording::on);
    field("parts", &Recording::parts);
    field("rate", &Recording::rate, "", FieldRules{.category = "speed", .needs = {.key = "on"}});
  }
};

struct Studio {
  Recording recording;
  int volume = 1;

  static void fields(auto& field) {
    field("recording", &Studio::recording, "", FieldRules{.category = "sound"});
    field("volume", &Studio::volume, "",
          FieldRules{.needs = {.key = "recording.parts", .contains = "voice"}});
  }
};

const SettingInfo& find(const std::vector<SettingInfo>& all, const std::string& key) {
  for (const SettingInfo& info : all) {
    if (info.key == key) return info;
  }
  throw std::runtime_error("no setting " + key);
}

}  // namespace

TEST_CASE("A text is an address, a path or a UUID in the manifest if its rules say so", "[base]") {
  const std::vector<SettingInfo> all = describe_settings(Places());
  CHECK(find(all, "servers").type == "naddr");
  CHECK(find(all, "servers").multiple);
  CHECK(find(all, "servers").variables);
  CHECK(find(all, "one").type == "naddr");
  CHECK_FALSE(find(all, "one").multiple);
  CHECK(find(all, "file").type == "path");
  CHECK(find(all, "file").relative);
  CHECK(find(all, "directory").type == "path");
  CHECK_FALSE(find(all, "directory").relative);
  CHECK(find(all, "roots").type == "csv");
  CHECK(find(all, "roots").pattern == "^/");
  CHECK(find(all, "machine").type == "uuid");
  const std::string yaml = manifest_yaml(all);
  CHECK_THAT(yaml,
             Catch::Contains("  type: naddr\n  multiple: true\n  variables: true\n  default: [\"a:1\"]\n"));
  CHECK_THAT(yaml, Catch::Contains("  type: path\n  default: \"logs\"\n  allow_relative: true\n"));
  CHECK_THAT(yaml, Catch::Contains("  type: path\n  allow_relative: false\n"));
}

TEST_CASE("A setting that depends on another one says on which, by its whole key", "[base]") {
  const std::vector<SettingInfo> all = describe_settings(Studio(), "p.");
  CHECK(find(all, "p.recording.rate").needs_key == "p.recording.on");
  CHECK(find(all, "p.volume").needs_key == "p.recording.parts");
  const std::string yaml = manifest_yaml(all);
  CHECK_THAT(yaml,
             Catch::Contains("  enabled:\n    when:\n      target: p.recording.on\n      equal: true\n"));
  CHECK_THAT(yaml, Catch::Contains("      target: p.recording.parts\n      contain: \"voice\"\n"));
}

TEST_CASE("A setting without a category has that of the group in which it is", "[base]") {
  const std::vector<SettingInfo> all = describe_settings(Studio());
  CHECK(find(all, "recording.on").category == "sound");
  CHECK(find(all, "recording.rate").category == "speed");
  CHECK(find(all, "volume").category.empty());
}

TEST_CASE("The default of a secret is not in the manifest", "[base]") {
  CHECK(manifest_yaml(describe_settings(Sample())).find("hush") == std::string::npos);
}

TEST_CASE("Names and descriptions come from the files of the languages", "[base]") {
  const std::array<LanguageFile, 2> files{
      {{"zh", "recording.on:\n  name: 录音\n  desc: 是否录音。\ncategory.sound:\n  name: 声音\n"},
       {"en", "recording.on:\n  name: Recording\n  desc: \"Whether it records: \\\"on\\\" or not.\"\n"}}};
  const std::string yaml = manifest_yaml(describe_settings(Studio()), SettingTexts(files));
  CHECK_THAT(yaml,
             Catch::StartsWith(R"(# Every setting of this program. Generated: `<program> manifest` prints it.
- key: recording.on
  name:
    zh: "录音"
    en: "Recording"
  desc:
    zh: "是否录音。"
    en: "Whether it records: \"on\" or not."
  category: sound
  category_name:
    zh: "声音"
    en: "sound"
  type: bool
)"));
}

TEST_CASE("The text of a size reads back as the same size", "[base]") {
  for (std::uint64_t value :
       {0ull, 1ull, 999ull, 1000ull, 1024ull, 10'000'000ull, 16'777'216ull, 12'345'678ull}) {
    CHECK(parse_bytes(detail::exact_bytes({value})).value == value);
  }
  CHECK(detail::exact_bytes({16'777'216}) == "16Mi");
  CHECK(detail::exact_bytes({512'000'000}) == "512M");
}
