// What the direct matcher and RE2 find, side by side.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/logkit-agent/parse/direct_match.hpp"
#include "examples/logkit-agent/parse/text_pattern.hpp"

namespace test {

// "none", or the place of each group: "0-3 - 5-5", in which "-" took no part.
inline std::string places_of(bool finds, std::string_view text, const std::vector<std::string_view>& groups) {
  if (!finds) return "none";
  std::string out = "found";
  for (const std::string_view group : groups) {
    if (group.data() == nullptr) {
      out += " -";
      continue;
    }
    const std::ptrdiff_t at = group.data() - text.data();
    out += ' ' + std::to_string(at) + '-' + std::to_string(at + static_cast<std::ptrdiff_t>(group.size()));
  }
  return out;
}

// By the pattern as it is used.
inline std::string found_by(const logkit::TextPattern& pattern, std::string_view text) {
  std::vector<std::string_view> groups;
  const bool finds = pattern.finds(text, groups);
  return places_of(finds, text, groups);
}

inline std::string found_by_re2(const logkit::TextPattern& pattern, std::string_view text) {
  std::vector<std::string_view> groups;
  const bool finds = pattern.finds_by_re2(text, groups);
  return places_of(finds, text, groups);
}

// The expression for RE2 that finds what match_directly() finds.
inline std::string at_begin(const std::string& expression) { return "^(?:" + expression + ")"; }

// By the direct matcher alone, at the beginning of the text; "unknown" where it leaves the text to RE2.
inline std::string found_directly(const logkit::DirectSteps& steps, std::string_view text) {
  std::vector<std::string_view> groups;
  const logkit::DirectMatch match = logkit::match_directly(steps, text, 0, groups);
  // The last step may exceed the budget by the size of the text.
  const std::int64_t most = logkit::direct_budget(text.size()) + static_cast<std::int64_t>(text.size()) + 1;
  if (match.steps > most) return "more steps than there may be";
  if (match.answer == logkit::DirectAnswer::unknown) return "unknown";
  return places_of(match.answer == logkit::DirectAnswer::found, text, groups);
}

}  // namespace test
