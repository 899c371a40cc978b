// Setting: one item of a manifest, understood.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "finding.hpp"
#include "manifest_value.hpp"
#include "setting_type.hpp"

namespace manifest {

// What a setting depends on.
struct Needs {
  std::string target;
  std::string contain;        // "" = none
  std::optional<bool> equal;  // none
  int line = 0;
};

struct Setting {
  int line = 0;
  std::string key;
  SettingType type = SettingType::string;
  bool required = false;
  bool multiple = false;
  bool secret = false;
  bool variables = false;
  std::optional<bool> allow_relative;
  std::vector<std::string> accepted;  // enum_valid or csv_valid
  std::string value;                  // default, a list joined by commas; "" = none
  std::string pattern;                // str_valid, "" = none
  std::string min;
  std::string max;
  std::uint64_t length = 0;
  Needs needs;

  bool is_list() const { return type == SettingType::csv || multiple; }
};

// One item whose type is known.
Setting setting_of(const ManifestValue& item, SettingType type);

// What a manifest says, as far as it can be understood: items without a key or a type are left out.
std::vector<Setting> settings_of(const ManifestValue& manifest);

// Why `text`, one item of a list or a whole value, is none of this setting; nullopt when it is one.
std::optional<std::string> fault_of_item(const Setting& setting, const std::string& text);

// The same for a value as a configuration file has it, lists as a whole.
std::optional<std::string> fault_of_value(const Setting& setting, const std::string& text);

}  // namespace manifest
