// Which members an item has, and what each has to be.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/nearest.hpp"
#include "item_check.hpp"
#include "setting_type.hpp"

namespace manifest {
namespace {

using Form = ManifestValue::Form;

enum class Wanted { text, flag, count, texts, translations, anything };

struct MemberRule {
  std::string_view name;
  Wanted wanted;
};

// All that there are; the last four are ours, and originals pass over them.
constexpr std::array<MemberRule, 19> kMembers{{{"key", Wanted::text},
                                               {"name", Wanted::translations},
                                               {"desc", Wanted::translations},
                                               {"type", Wanted::text},
                                               {"required", Wanted::flag},
                                               {"default", Wanted::anything},
                                               {"enum_valid", Wanted::texts},
                                               {"csv_valid", Wanted::texts},
                                               {"str_valid", Wanted::text},
                                               {"min", Wanted::anything},
                                               {"max", Wanted::anything},
                                               {"len", Wanted::count},
                                               {"allow_relative", Wanted::flag},
                                               {"category", Wanted::text},
                                               {"enabled", Wanted::anything},
                                               {"category_name", Wanted::translations},
                                               {"multiple", Wanted::flag},
                                               {"secret", Wanted::flag},
                                               {"variables", Wanted::flag}}};

std::string_view text_of(Wanted wanted) {
  switch (wanted) {
    case Wanted::text: return "a text";
    case Wanted::flag: return "true or false";
    case Wanted::count: return "a whole number from 0";
    case Wanted::texts: return "a list of texts";
    case Wanted::translations: return "a map of languages, as zh: and en:";
    case Wanted::anything: break;
  }
  return "";
}

bool are_scalars(const ManifestValue& value) {
  for (const ManifestValue& item : value.items) {
    if (!item.is_scalar()) return false;
  }
  for (const ManifestMember& member : value.members) {
    if (!member.value.is_scalar()) return false;
  }
  return true;
}

bool fits(const ManifestValue& value, Wanted wanted) {
  switch (wanted) {
    case Wanted::text: return value.is_scalar();
    case Wanted::flag: return value.form == Form::flag;
    case Wanted::count: return value.form == Form::whole && !value.text.starts_with('-');
    case Wanted::texts: return value.form == Form::list && are_scalars(value);
    case Wanted::translations: return value.form == Form::map && are_scalars(value);
    case Wanted::anything: break;
  }
  return true;
}

const MemberRule* find_rule(std::string_view name) {
  for (const MemberRule& rule : kMembers) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

std::string meant(const std::string& name, const std::vector<std::string>& known) {
  const auto found = agent::nearest(name, known);
  return found ? fmt::format("did you mean '{}'?", *found) : "nothing reads it; remove it";
}

std::vector<std::string> member_names() {
  std::vector<std::string> names;
  for (const MemberRule& rule : kMembers) names.emplace_back(rule.name);
  return names;
}

// "name.zh:" beside "name:" is what people write who read the seed, and what originals do not find.
bool is_flat(std::string_view name) { return name.starts_with("name.") || name.starts_with("desc."); }

void check_member(ItemCheck& check, const ManifestMember& member) {
  const MemberRule* rule = find_rule(member.name);
  if (rule == nullptr) {
    const std::string remedy =
        is_flat(member.name)
            ? fmt::format("write {}: and below it {}:", member.name.substr(0, 4), member.name.substr(5))
            : meant(member.name, member_names());
    return check.warning(member.line, fmt::format("unknown member '{}'", member.name), remedy);
  }
  if (member.value.form == Form::none || fits(member.value, rule->wanted)) return;
  check.error(member.line, fmt::format("{} is {}", member.name, name_of(member.value.form)),
              fmt::format("want {}", text_of(rule->wanted)));
}

void check_only(ItemCheck& check, const ManifestValue& map, std::string_view where,
                const std::vector<std::string>& known) {
  for (const ManifestMember& member : map.members) {
    if (std::find(known.begin(), known.end(), member.name) == known.end())
      check.warning(member.line, fmt::format("unknown member '{}' of {}", member.name, where),
                    meant(member.name, known));
  }
}

void check_translation(ItemCheck& check, std::string_view name) {
  const ManifestValue* texts = check.member(name);
  const ManifestValue* zh = texts == nullptr ? nullptr : texts->find("zh");
  if (zh != nullptr && zh->is_scalar() && !zh->text.empty()) return;
  check.error(texts == nullptr ? check.item().line : texts->line, fmt::format("missing {}.zh", name),
              fmt::format("write {}: and below it zh:, since a console shows the Chinese text", name));
}

void check_type(ItemCheck& check) {
  const ManifestValue* type = check.member("type");
  if (type == nullptr)
    return check.error(check.item().line, "missing type", fmt::format("types are {}", kTypeNames));
  if (type->is_scalar() && !find_type(type->text))
    check.error(type->line, fmt::format("unsupported type: {}", type->text),
                fmt::format("types are {}", kTypeNames));
}

void check_enabled(ItemCheck& check) {
  const ManifestValue* enabled = check.member("enabled");
  if (enabled == nullptr) return;
  const ManifestValue* when = enabled->find("when");
  if (when == nullptr || when->form != Form::map)
    return check.error(enabled->line, "enabled has no when", "write when: and below it target:");
  check_only(check, *enabled, "enabled", {"when"});
  check_only(check, *when, "enabled.when", {"target", "contain", "equal"});
}

}  // namespace

void check_members(ItemCheck& check) {
  for (const ManifestMember& member : check.item().members) check_member(check, member);
  const ManifestValue* key = check.member("key");
  if (key == nullptr || key->text.empty())
    check.error(check.item().line, "missing key", "write key: and the name in the configuration file");
  check_translation(check, "name");
  check_translation(check, "desc");
  check_type(check);
  check_enabled(check);
}

}  // namespace manifest
