#include "part_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <agent/error.hpp>
#include <agent/units.hpp>
#include <algorithm>
#include <charconv>

namespace logkit {
namespace {

using agent::Errc;
using agent::Error;

std::string text_of(agent::json::Value value) {
  if (value.is_string()) return std::string(value.as_string());
  return value.is_null() ? std::string() : value.text();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

PartOptions::PartOptions(agent::json::Value value, std::string where) : where_(std::move(where)) {
  if (!value.is_object()) fail("expected an object, found " + agent::json::describe(value));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto [name, member] = value.member(i);
    values_[std::string(name)].text = text_of(member);
  }
}

void PartOptions::fail(std::string_view text) const {
  throw Error(Errc::bad_config, fmt::format("{}: {}", where_, text));
}

const PartOptions::Entry* PartOptions::find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return nullptr;
  found->second.is_used = true;
  return found->second.text.empty() ? nullptr : &found->second;
}

std::string PartOptions::text(std::string_view name, std::string_view otherwise) const {
  const Entry* const entry = find(name);
  return entry == nullptr ? std::string(otherwise) : entry->text;
}

std::string PartOptions::required(std::string_view name) const {
  std::string value = text(name);
  if (value.empty()) fail(fmt::format("{} is missing", name));
  return value;
}

bool PartOptions::flag(std::string_view name, bool otherwise) const {
  const std::string value = text(name, otherwise ? "true" : "false");
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  fail(fmt::format("{}: '{}' is neither true nor false", name, value));
}

std::uint64_t PartOptions::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                  std::uint64_t most) const {
  const Entry* const entry = find(name);
  std::uint64_t number = otherwise;
  if (entry != nullptr && !read_number(trimmed(entry->text), number))
    fail(fmt::format("{}: '{}' is no number", name, entry->text));
  if (number < least || number > most)
    fail(fmt::format("{}: {} is not from {} to {}", name, number, least, most));
  return number;
}

std::chrono::nanoseconds PartOptions::duration(std::string_view name,
                                               std::chrono::nanoseconds otherwise) const {
  const Entry* const entry = find(name);
  if (entry == nullptr) return otherwise;
  std::uint64_t seconds = 0;
  constexpr std::uint64_t kCentury = 100ULL * 365 * 24 * 3600;
  if (read_number(entry->text, seconds) && seconds <= kCentury) return std::chrono::seconds(seconds);
  try {
    const std::chrono::nanoseconds value = agent::parse_duration(entry->text);
    if (value.count() >= 0) return value;
  } catch (const Error& error) {
    fail(fmt::format("{}: {}", name, error.what()));
  }
  fail(fmt::format("{}: '{}' is negative", name, entry->text));
}

std::vector<std::string> PartOptions::list(std::string_view name, std::string_view otherwise) const {
  const std::string all = text(name, otherwise);
  std::vector<std::string> parts;
  for (std::string_view left = all; !left.empty();) {
    const std::size_t comma = std::min(left.find(','), left.size());
    const std::string_view part = trimmed(left.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    left.remove_prefix(std::min(comma + 1, left.size()));
  }
  return parts;
}

std::string PartOptions::one_of(std::string_view name, std::string_view otherwise,
                                std::initializer_list<std::string_view> words) const {
  std::string word = text(name, otherwise);
  if (std::find(words.begin(), words.end(), word) == words.end())
    fail(fmt::format("{}: {}", name, unknown_word(word, words)));
  return word;
}

void PartOptions::refuse(std::string_view name, std::string_view harmless) const {
  const std::string value = text(name);
  if (!value.empty() && value != harmless && value != "[]" && value != "{}")
    fail(fmt::format("{}: this program does not have that option", name));
}

void PartOptions::ignore(std::initializer_list<std::string_view> names) const {
  for (std::string_view name : names) find(name);
}

std::vector<std::string> PartOptions::unknown() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : values_)
    if (!entry.is_used) names.push_back(name);
  return names;
}

std::string unknown_word(std::string_view word, const std::vector<std::string_view>& known) {
  return fmt::format("'{}' is unknown; known are {}", word, fmt::join(known, ", "));
}

}  // namespace logkit
