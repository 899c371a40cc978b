// enabled.when of all items together.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/nearest.hpp"
#include "item_check.hpp"
#include "setting.hpp"

namespace manifest {
namespace {

using Form = ManifestValue::Form;

constexpr std::size_t kMostCompared = 1000;  // every wrong target is compared with every key

const ManifestValue* when_of(const ItemCheck& check) {
  const ManifestValue* enabled = check.member("enabled");
  return enabled == nullptr ? nullptr : enabled->find("when");
}

std::string target_of(const ItemCheck& check) {
  const ManifestValue* when = when_of(check);
  const ManifestValue* target = when == nullptr ? nullptr : when->find("target");
  return target == nullptr || !target->is_scalar() ? "" : target->text;
}

class DependencyCheck {
 public:
  explicit DependencyCheck(std::vector<ItemCheck>& checks) : checks_(checks) {
    for (ItemCheck& check : checks_) items_.emplace(check.label(), &check);
  }

  void run() {
    for (ItemCheck& check : checks_) {
      if (const ManifestValue* when = when_of(check); when != nullptr && when->form == Form::map)
        check_when(check, *when);
    }
    check_circles();
  }

 private:
  void check_when(ItemCheck& check, const ManifestValue& when) {
    const std::string target = target_of(check);
    if (target.empty()) return check.error(when.line, "when has no target", "write target: and a key");
    const auto item = items_.find(target);
    if (item == items_.end())
      return check.error(when.line, "no setting has the key " + target, meant(target));
    const ManifestValue* contain = when.find("contain");
    const ManifestValue* equal = when.find("equal");
    if (contain != nullptr && equal != nullptr)
      return check.error(when.line, "when has both contain and equal", "keep one");
    if (contain == nullptr && equal == nullptr)
      return check.error(when.line, "when has neither contain nor equal",
                         "write contain: for an item of a csv, equal: for a bool");
    if (contain != nullptr) check_contain(check, *contain, *item->second);
    if (equal != nullptr) check_equal(check, *equal, *item->second);
  }

  void check_contain(ItemCheck& check, const ManifestValue& contain, const ItemCheck& target) {
    const Setting setting = known_setting(target);
    if (setting.type != SettingType::csv)
      return check.error(contain.line, fmt::format("contain needs a csv, and {} is none", target.label()),
                         "use equal: for a bool");
    const auto& accepted = setting.accepted;
    if (!accepted.empty() && std::ranges::find(accepted, contain.text) == accepted.end())
      check.error(contain.line, fmt::format("{} can never contain '{}'", target.label(), contain.text),
                  fmt::format("its csv_valid has {}", fmt::join(accepted, ", ")));
  }

  void check_equal(ItemCheck& check, const ManifestValue& equal, const ItemCheck& target) {
    if (known_setting(target).type != SettingType::boolean)
      return check.error(equal.line, fmt::format("equal needs a bool, and {} is none", target.label()),
                         "use contain: for a csv");
    if (equal.form != Form::flag)
      check.error(equal.line, fmt::format("equal is {}", name_of(equal.form)), "want true or false");
  }

  // Each item on a circle, once.
  void check_circles() {
    std::set<std::string> done;
    for (const ItemCheck& start : checks_) {
      std::vector<std::string> way;
      std::string at = start.label();
      while (!at.empty() && !done.contains(at)) {
        done.insert(at);
        way.push_back(at);
        const auto item = items_.find(at);
        at = item == items_.end() ? "" : target_of(*item->second);
      }
      const auto again = std::ranges::find(way, at);
      if (again != way.end()) tell_circle({again, way.end()});
    }
  }

  void tell_circle(const std::vector<std::string>& circle) {
    for (const std::string& key : circle) {
      ItemCheck& check = *items_.at(key);
      check.error(when_of(check)->line,
                  fmt::format("depends on itself: {} -> {}", fmt::join(circle, " -> "), circle.front()),
                  "a console could show none of them; remove one enabled");
    }
  }

  static Setting known_setting(const ItemCheck& item) {
    const ManifestValue* type = item.member("type");
    return setting_of(item.item(),
                      find_type(type == nullptr ? "" : type->text).value_or(SettingType::string));
  }

  std::string meant(const std::string& target) const {
    if (items_.size() > kMostCompared) return "want the key of another item";
    std::vector<std::string> keys;
    for (const auto& [key, item] : items_) keys.push_back(key);
    const auto found = agent::nearest(target, keys);
    return found ? fmt::format("did you mean '{}'?", *found) : "want the key of another item";
  }

  std::vector<ItemCheck>& checks_;
  std::map<std::string, ItemCheck*> items_;
};

}  // namespace

void check_dependencies(std::vector<ItemCheck>& checks) { DependencyCheck(checks).run(); }

}  // namespace manifest
