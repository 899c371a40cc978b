#include "manifest_rules.hpp"

#include <fmt/format.h>

#include <map>

#include "item_check.hpp"

namespace manifest {
namespace {

using Form = ManifestValue::Form;

constexpr std::string_view kWanted = "want a list of settings, each as `- key: ...`";

void check_keys(std::vector<ItemCheck>& checks) {
  std::map<std::string, int> lines;
  for (ItemCheck& check : checks) {
    const ManifestValue* key = check.member("key");
    if (key == nullptr || !key->is_scalar()) continue;
    const auto [first, is_new] = lines.emplace(key->text, key->line);
    if (!is_new)
      check.error(key->line, fmt::format("the key stands on line {} already", first->second), "keep one");
  }
}

}  // namespace

std::vector<Finding> check_manifest(const ManifestValue& manifest) {
  std::vector<Finding> findings;
  if (manifest.form == Form::none || (manifest.form == Form::list && manifest.items.empty()))
    return {{Finding::Weight::error, 0, "there is no setting", std::string(kWanted)}};
  if (manifest.form != Form::list)
    return {{Finding::Weight::error, manifest.line,
             fmt::format("the file is {}, not a list", name_of(manifest.form)), std::string(kWanted)}};
  std::vector<ItemCheck> checks;
  checks.reserve(manifest.items.size());
  std::size_t number = 0;
  for (const ManifestValue& item : manifest.items) {
    ++number;
    if (item.form == Form::map) {
      checks.emplace_back(item, number, findings);
    } else {
      findings.push_back({Finding::Weight::error, item.line,
                          fmt::format("item {} is {}, not a map", number, name_of(item.form)),
                          std::string(kWanted)});
    }
  }
  for (ItemCheck& check : checks) {
    check_members(check);
    check_values(check);
  }
  check_keys(checks);
  check_dependencies(checks);
  sort(findings);
  return findings;
}

}  // namespace manifest
