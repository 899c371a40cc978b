// SettingType: the twelve types of settings (seed 004, 3.2.2), and which texts are values of each.
//
// The texts are read by the functions that programs read their settings with, so both agree. Pure.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace manifest {

enum class SettingType {
  string,
  enumeration,  // "enum"
  csv,
  integer,           // "int"
  unsigned_integer,  // "uint"
  floating,          // "float"
  boolean,           // "bool"
  address,           // "naddr"
  path,
  bytes,
  duration,
  uuid,
};

inline constexpr std::string_view kTypeNames =
    "string, enum, csv, int, uint, float, bool, naddr, path, bytes, duration, uuid";

std::optional<SettingType> find_type(std::string_view name);
std::string_view name_of(SettingType type);

// Whether one value can be smaller than another: int, uint, float, bytes, duration.
bool is_ordered(SettingType type);

// Why `text` is no value of this type, in words that a person understands; nullopt when it is one. Lists are
// judged item by item elsewhere; every text is one of string, enum, csv and path.
std::optional<std::string> fault_of(SettingType type, std::string_view text);

// How the values of two texts of an ordered type compare; both must be values of it.
std::partial_ordering compare(SettingType type, std::string_view a, std::string_view b);

}  // namespace manifest
