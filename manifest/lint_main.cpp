// manifest-lint: what is wrong with manifests, and with configurations that have one (docs/manifest.md).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "base/read_file.hpp"
#include "check_conf.hpp"
#include "manifest_rules.hpp"
#include "original_rules.hpp"
#include "read_manifest.hpp"
#include "setting.hpp"

namespace manifest {
namespace {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

struct CommandLine {
  std::vector<std::string> files;
  std::vector<std::string> configurations;
  bool as_original = false;
};

void print(const std::vector<Finding>& findings, const std::string& file) {
  for (const Finding& finding : findings) fmt::print("{}\n", to_string(finding, file));
}

// False when there are errors.
bool tell(const std::vector<Finding>& findings, const std::string& file) {
  print(findings, file);
  return !has_errors(findings);
}

std::vector<Finding> findings_of(const ManifestValue& manifest, bool as_original) {
  if (!as_original) return check_manifest(manifest);
  const auto first = check_as_original(manifest);
  return first ? std::vector<Finding>{*first} : std::vector<Finding>();
}

// What was wrong while reading is worse than any rule: an original finds nothing behind it.
std::vector<Finding> check_text(std::string_view text, bool as_original, std::vector<Setting>& settings) {
  std::vector<Finding> findings;
  const auto manifest = read_manifest(text, findings);
  if (!manifest || (as_original && !findings.empty())) {
    if (as_original) findings.resize(1);
    return findings;
  }
  std::vector<Finding> more = findings_of(*manifest, as_original);
  findings.insert(findings.end(), more.begin(), more.end());
  sort(findings);
  std::vector<Setting> found = settings_of(*manifest);
  settings.insert(settings.end(), found.begin(), found.end());
  return findings;
}

bool check_file(const std::string& file, bool as_original, std::vector<Setting>& settings) {
  return tell(check_text(agent::read_file(file, kMostBytes), as_original, settings), file);
}

int run(const CommandLine& line) {
  bool is_right = true;
  std::vector<Setting> settings;
  for (const std::string& file : line.files)
    is_right = check_file(file, line.as_original, settings) && is_right;
  for (const std::string& file : line.configurations) {
    is_right = tell(check_conf(agent::read_file(file, kMostBytes), file, settings), file) && is_right;
  }
  if (is_right) fmt::print("no errors\n");
  return is_right ? kDone : kFailed;
}

int lint(int argc, char** argv) {
  CommandLine line;
  CLI::App app("manifest-lint: what is wrong with a manifest.yaml, with line and remedy", "manifest-lint");
  app.add_option("files", line.files, "manifests")->type_name("FILE")->required();
  app.add_option("--conf", line.configurations, "a configuration that is to follow the manifests")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_flag("--original", line.as_original,
               "only what the original linter says: its rules, its order, the first that is broken");
  app.footer("\nExit codes: 0 no errors (warnings and notes are none), 1 errors, 2 wrong usage.");
  try {
    app.parse(argc, argv);
    return run(line);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  } catch (const agent::Error& error) {
    fmt::print(stderr, "manifest-lint: {}\n", error.what());
    return kFailed;
  }
}

}  // namespace
}  // namespace manifest

int main(int argc, char** argv) { return manifest::lint(argc, argv); }
