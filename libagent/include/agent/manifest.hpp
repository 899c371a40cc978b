// manifest: the settings of an agent as data, out of the same field list that reads them.
//
// manifest.yaml is what management consoles build their forms from: key, name, description, type, default and
// rules of each setting, names and descriptions in Chinese (zh) and English (en). `<agent> manifest` prints
// it. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/fields.hpp"

namespace agent {

// One setting as data, out of the field list that reads it.
struct SettingInfo {
  std::string key;                    // "log.size"
  std::string type;                   // string enum csv int uint float bool path bytes duration
  std::string doc;                    // one line of English, "" when the field has none
  std::vector<std::string> value;     // default: items of a csv, else one or none
  std::vector<std::string> accepted;  // enum, csv: what may be given
  std::string min;                    // as a file would give it; "" = no bound
  std::string max;                    // the same
  bool required = false;              // must be set and not empty
};

// The text of manifest.yaml, settings in the given order. There is one language in the sources: both `zh` and
// `en` have it, and whoever translates has a place for it.
std::string manifest_yaml(const std::vector<SettingInfo>& settings);

namespace detail {
template <class T>
struct SettingLister;
}

// The settings of `defaults`, whose values are the defaults, in the order of the field list; each key behind
// `prefix` ("basic."). A secret's default is shown like any other: it should have none.
template <HasFields T>
std::vector<SettingInfo> describe_settings(const T& defaults, std::string_view prefix = {}) {
  std::vector<SettingInfo> out;
  detail::SettingLister<T> lister{defaults, std::string(prefix), out};
  T::fields(lister);
  return out;
}

}  // namespace agent

#include "agent/detail/setting_lister.hpp"
