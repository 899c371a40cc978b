// manifest: the settings of an agent as data, out of the same field list that reads them.
//
// manifest.yaml is what management consoles build their forms from: for each key its type, its default, what
// is accepted, and a name and a description in Chinese and English. `<agent> manifest` prints it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/config.hpp"
#include "agent/fields.hpp"

namespace agent {

// One setting.
struct SettingInfo {
  std::string key;   // "log.size"
  std::string type;  // string enum csv int uint float bool path bytes duration
  std::string doc;
  std::vector<std::string> value;     // default: items of a csv, else one or none
  std::vector<std::string> accepted;  // enum, csv: what may be given
  std::string min;
  std::string max;
  bool required = false;
};

// The text of manifest.yaml.
std::string manifest_yaml(const std::vector<SettingInfo>& settings);

namespace detail {
template <class T>
struct SettingLister;
}

// The settings of `defaults`, whose values are the defaults; each key behind `prefix` ("basic.").
template <HasFields T>
std::vector<SettingInfo> describe_settings(const T& defaults, std::string_view prefix = {}) {
  std::vector<SettingInfo> out;
  detail::SettingLister<T> lister{defaults, std::string(prefix), out};
  T::fields(lister);
  return out;
}

}  // namespace agent

#include "agent/detail/setting_lister.hpp"
