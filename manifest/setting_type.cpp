#include "setting_type.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "agent/detail/setting_value.hpp"
#include "agent/fields.hpp"
#include "agent/units.hpp"

namespace manifest {
namespace {

namespace detail = agent::detail;
using agent::FieldRules;
using agent::ValueKind;

constexpr std::array<std::pair<std::string_view, SettingType>, 12> kTypes{
    {{"string", SettingType::string},
     {"enum", SettingType::enumeration},
     {"csv", SettingType::csv},
     {"int", SettingType::integer},
     {"uint", SettingType::unsigned_integer},
     {"float", SettingType::floating},
     {"bool", SettingType::boolean},
     {"naddr", SettingType::address},
     {"path", SettingType::path},
     {"bytes", SettingType::bytes},
     {"duration", SettingType::duration},
     {"uuid", SettingType::uuid}}};

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMostUnsigned = std::numeric_limits<std::uint64_t>::max();

void parse(SettingType type, std::string_view text) {
  switch (type) {
    case SettingType::integer: detail::parse_integer(text, kLeast, kMost); break;
    case SettingType::unsigned_integer: detail::parse_unsigned(text, kMostUnsigned); break;
    case SettingType::floating: detail::parse_double(text); break;
    case SettingType::boolean: detail::parse_bool(text); break;
    case SettingType::address: detail::check_text(text, FieldRules{.kind = ValueKind::address}); break;
    case SettingType::uuid: detail::check_text(text, FieldRules{.kind = ValueKind::uuid}); break;
    case SettingType::bytes: agent::parse_bytes(text); break;
    case SettingType::duration: agent::parse_duration(text); break;
    case SettingType::string:
    case SettingType::enumeration:
    case SettingType::csv:
    case SettingType::path: break;
  }
}

}  // namespace

std::optional<SettingType> find_type(std::string_view name) {
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return std::nullopt;
}

std::string_view name_of(SettingType type) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) return name;
  }
  return "";
}

bool is_ordered(SettingType type) {
  return type == SettingType::integer || type == SettingType::unsigned_integer ||
         type == SettingType::floating || type == SettingType::bytes || type == SettingType::duration;
}

std::optional<std::string> fault_of(SettingType type, std::string_view text) {
  try {
    parse(type, text);
    return std::nullopt;
  } catch (const agent::Error& error) {
    return error.what();
  }
}

std::partial_ordering compare(SettingType type, std::string_view a, std::string_view b) {
  switch (type) {
    case SettingType::integer:
      return detail::parse_integer(a, kLeast, kMost) <=> detail::parse_integer(b, kLeast, kMost);
    case SettingType::unsigned_integer:
      return detail::parse_unsigned(a, kMostUnsigned) <=> detail::parse_unsigned(b, kMostUnsigned);
    case SettingType::floating: return detail::parse_double(a) <=> detail::parse_double(b);
    case SettingType::bytes: return agent::parse_bytes(a) <=> agent::parse_bytes(b);
    case SettingType::duration: return agent::parse_duration(a) <=> agent::parse_duration(b);
    default: return std::partial_ordering::unordered;
  }
}

}  // namespace manifest
