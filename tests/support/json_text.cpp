#include "tests/support/json_text.hpp"

#include <algorithm>
#include <cctype>

#include "agent/json.hpp"

namespace test {

using agent::json::Value;

namespace {

Value step(Value value, std::string_view name) {
  const bool is_index = std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
  return value.is_array() && is_index ? value.at(std::stoul(std::string(name))) : value.find(name);
}

}  // namespace

std::string json_at(const std::string& json, std::string_view path) {
  const auto document = agent::json::Document::parse(json);
  Value value = document.root();
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    value = step(value, path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (value.is_null()) return {};
  return value.is_string() ? std::string(value.as_string()) : value.text();
}

}  // namespace test
