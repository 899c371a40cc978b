// `<program> validate` and the manifest of that program judge values alike: both come from one list of
// fields, and here each judges the same generated values, the one by the program, the other by manifest-lint.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/units.hpp"
#include "check_conf.hpp"
#include "setting.hpp"
#include "tests/manifest/program_manifest.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"

using manifest::Setting;
using manifest::SettingType;
using test::DescribedProgram;
using test::kDescribedPrograms;

namespace {

// What a program asks for beyond what a manifest can say. What the manifest refuses it must refuse, too.
const std::map<std::string, std::string> kMore{
    {"basic.tls.ca", "files that can be read"},
    {"basic.tls.cert", "files that can be read"},
    {"basic.tls.key", "files that can be read"},
    {"basic.limit.memory_limit", "0, or what the agent itself needs"},
    {"basic.limit.disk_limit", "JSON"},
    {"exec.users", "names of users"},
    {"exec.charset", "a character set that there is"},
    {"exec.limit.memory", "0, or what a command needs to start"},
    {"exec.limit.max_memory", "the same"},
    {"host.root", "a directory that exists"},
    {"listen", "an address of this machine, protected by tokens"},
    {"data_dir", "not within a file"},
    {"cache_dir", "the same"},
    {"log_dir", "the same"},
    {"api_token_file", "a file that can be read"},
    {"enroll_token_file", "a file that can be read"},
    {"tls.cert", "files that can be read"},
    {"tls.key", "files that can be read"},
    {"tls.client_ca", "files that can be read"},
    {"store.address", "data_dir, or the address of an etcd"},
    {"store.user", "with a file of its password"},
    {"store.password_file", "a file that can be read"},
    {"store.ca", "files that can be read"},
    {"store.cert", "files that can be read"},
    {"store.key", "files that can be read"},
    {"views.ip", "an IP address"},
    {"allowed_origins", "origins"},
    {"server_names", "names of hosts"},
};

// Texts that some type takes and another one does not.
const std::vector<std::string> kTexts{"",
                                      "x",
                                      "0",
                                      "1",
                                      "-1",
                                      "+7",
                                      "007",
                                      "1.5",
                                      "-1.5",
                                      "1e3",
                                      "0x10",
                                      "nan",
                                      "inf",
                                      "true",
                                      "off",
                                      "TRUE",
                                      "maybe",
                                      "10M",
                                      "1Ki",
                                      "1.5 GiB",
                                      "1,024 KB",
                                      "10Q",
                                      "16Ei",
                                      "5",
                                      "5s",
                                      "1h30m",
                                      "-500ms",
                                      "24h",
                                      "24h1ns",
                                      "1d",
                                      "a:1",
                                      "a:0",
                                      "a:65535",
                                      "a:65536",
                                      "wss://[::1]:443",
                                      "http://a:1",
                                      "a:1, b:2",
                                      "a:1, b",
                                      "$NAME",
                                      "/no/such/x",
                                      "./logs",
                                      "stdout,file",
                                      "file",
                                      ",",
                                      "a b",
                                      "四个汉字",
                                      "2147483648",
                                      "4294967295",
                                      "4294967296",
                                      "9223372036854775807",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "18446744073709551615",
                                      "18446744073709551616",
                                      "6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b11",
                                      "{\"a\":1}",
                                      "[]",
                                      "null",
                                      "*",
                                      "~",
                                      "'x'"};

// The bounds of a setting and what lies beyond them by little.
void add_bounds(std::vector<std::string>& out, const Setting& setting) {
  for (const std::string& bound : {setting.min, setting.max}) {
    if (bound.empty()) continue;
    out.push_back(bound);
    if (setting.type == SettingType::duration) {
      out.push_back(bound + "1ns");
    } else if (setting.type == SettingType::bytes) {
      const std::uint64_t bytes = agent::parse_bytes(bound).value;
      out.push_back(std::to_string(bytes + 1));
      out.push_back(std::to_string(bytes - std::min<std::uint64_t>(bytes, 1)));
    } else if (setting.type == SettingType::unsigned_integer) {
      const std::uint64_t number = std::stoull(bound);
      out.push_back(std::to_string(number + 1));
      out.push_back(std::to_string(number - std::min<std::uint64_t>(number, 1)));
    }
  }
}

std::vector<std::string> values_of(const Setting& setting) {
  std::vector<std::string> out = kTexts;
  out.insert(out.end(), setting.accepted.begin(), setting.accepted.end());
  for (const std::string& word : setting.accepted) out.push_back(word + "x");
  add_bounds(out, setting);
  return out;
}

// One line per setting, the values of each in turn.
std::string configuration(const std::vector<Setting>& settings, std::size_t round) {
  std::string text;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const std::vector<std::string> values = values_of(settings[i]);
    text += settings[i].key + " = " + values[(round + i) % values.size()] + "\n";
  }
  return text;
}

std::size_t rounds_of(const std::vector<Setting>& settings) {
  std::size_t most = 0;
  for (const Setting& setting : settings) most = std::max(most, values_of(setting).size());
  return most;
}

std::set<int> lines_of_program(const std::string& program, const std::string& path) {
  const std::string output =
      test::run_program(test::built_program(program), {"validate", "--conf", path}).second;
  std::set<int> lines;
  std::size_t begin = 0;
  while (begin < output.size()) {
    const std::size_t end = std::min(output.find('\n', begin), output.size());
    const std::string line = output.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("warning: ") || line.starts_with("note: ")) continue;
    const std::size_t at = line.find("line ");
    if (at != std::string::npos) lines.insert(std::atoi(line.c_str() + at + 5));
  }
  return lines;
}

std::set<int> lines_of_manifest(const std::string& text, const std::vector<Setting>& settings) {
  std::set<int> lines;
  for (const manifest::Finding& finding : manifest::check_conf(text, "agent.conf", settings)) {
    if (finding.weight == manifest::Finding::Weight::error) lines.insert(finding.line);
  }
  return lines;
}

void compare_round(const DescribedProgram& program, const std::vector<Setting>& settings, std::size_t round) {
  const test::TempDir dir;
  const std::string text = configuration(settings, round);
  const std::string path = dir.write("agent.conf", text);
  const std::set<int> by_program = lines_of_program(program.name, path);
  const std::set<int> by_manifest = lines_of_manifest(text, settings);
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const int line = static_cast<int>(i + 1);
    const std::vector<std::string> values = values_of(settings[i]);
    INFO(program.name << ": " << settings[i].key << " = '" << values[(round + i) % values.size()] << "'");
    if (by_manifest.contains(line)) {
      CHECK(by_program.contains(line));
    } else if (!kMore.contains(settings[i].key)) {
      CHECK_FALSE(by_program.contains(line));
    }
  }
}

// A round starts the program, for which sanitizers need half a second; without them all rounds are gone
// through.
constexpr std::size_t kStep = test::kSanitized ? 6 : 1;

}  // namespace

TEST_CASE("validate and the manifest agree over generated values of every setting", "[manifest]") {
  std::set<std::string> keys;
  for (const DescribedProgram& program : kDescribedPrograms) {
    const std::vector<Setting> settings = manifest::settings_of(test::manifest_of(program));
    for (const Setting& setting : settings) keys.insert(setting.key);
    const std::size_t rounds = rounds_of(settings);
    REQUIRE(rounds > kTexts.size());
    for (std::size_t round = 0; round < rounds; round += kStep) compare_round(program, settings, round);
  }
  for (const auto& [key, reason] : kMore) {
    INFO(key);
    CHECK(keys.contains(key));
  }
}
