#include "http/body_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii_case.hpp"
#include "base/nearest.hpp"

namespace server {
namespace {

using agent::json::Value;

constexpr std::size_t kLongestKey = 200;  // encoded
constexpr std::string_view kCut = "...";
constexpr std::size_t kPlaceForCount = 24;  // ", +18446744073709551615"

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.size() > kLongestKey) return out.append(kCut);
    if (is_plain(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

void IgnoredKeys::add(std::string_view key, std::string_view nearest) {
  std::string entry = percent_encode(key);
  if (!nearest.empty()) entry += ";nearest=" + percent_encode(nearest);
  if (std::find(entries_.begin(), entries_.end(), entry) != entries_.end()) return;
  const std::size_t size = size_ + entry.size() + (entries_.empty() ? 0 : 2);
  if (more_ > 0 || size > kIgnoredKeysLimit - kPlaceForCount) {
    ++more_;
    return;
  }
  size_ = size;
  entries_.push_back(std::move(entry));
}

std::string IgnoredKeys::header() const {
  std::string value = fmt::format("{}", fmt::join(entries_, ", "));
  if (more_ > 0) value += fmt::format(", +{}", more_);
  return value;
}

BodyKeys::BodyKeys(std::string_view schema) {
  if (schema.empty()) return;
  const agent::json::Document document = agent::json::Document::parse(std::string(schema));
  *this = BodyKeys(document.root());
}

BodyKeys::BodyKeys(Value schema) {
  if (!schema.find("items").is_null()) {
    *this = BodyKeys(schema.find("items"));
    return;
  }
  const Value properties = schema.find("properties");
  any_ = !properties.is_object() || !schema.find("additionalProperties").is_null();
  for (std::size_t i = 0; i < properties.size(); ++i) {
    const auto [name, inside] = properties.member(i);
    names_.emplace_back(name);
    inside_.push_back(BodyKeys(inside));
  }
}

const BodyKeys* BodyKeys::find(std::string_view key) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (agent::equals_ignoring_case(names_[i], key)) return &inside_[i];
  }
  return nullptr;
}

void BodyKeys::find_ignored(Value body, IgnoredKeys& ignored) const { find_within(body, "", ignored); }

void BodyKeys::find_within(Value body, const std::string& path, IgnoredKeys& ignored) const {
  if (any_) return;
  for (std::size_t i = 0; body.is_array() && i < body.size(); ++i) find_within(body.at(i), path, ignored);
  for (std::size_t i = 0; body.is_object() && i < body.size(); ++i) {
    const auto [key, value] = body.member(i);
    if (const BodyKeys* inside = find(key)) {
      if (!inside->any_) inside->find_within(value, fmt::format("{}{}.", path, key), ignored);
    } else {
      ignored.add(path + std::string(key), agent::nearest(key, names_).value_or(""));
    }
  }
}

void BodyKeys::check_field(std::string_view name, IgnoredKeys& ignored) const {
  if (any_ || std::find(names_.begin(), names_.end(), name) != names_.end()) return;
  ignored.add(name, agent::nearest(name, names_).value_or(""));
}

}  // namespace server
