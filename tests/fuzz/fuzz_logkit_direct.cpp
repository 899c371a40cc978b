// The direct matcher of logkit-agent's expressions beside RE2.
#include <agent/error.hpp>
#include <optional>

#include "examples/logkit-agent/parse/direct_match.hpp"
#include "examples/logkit-agent/parse/text_pattern.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

void compare(const logkit::TextPattern& pattern, std::string_view text) {
  std::vector<std::string_view> ours;
  std::vector<std::string_view> theirs;
  const bool finds = pattern.finds(text, ours);
  fuzz::require(finds == pattern.finds_by_re2(text, theirs), "what RE2 finds is found, and nothing else");
  if (!finds) return;
  fuzz::require(ours.size() == theirs.size(), "all groups");
  for (std::size_t i = 0; i < ours.size(); ++i)
    fuzz::require(ours[i].data() == theirs[i].data() && ours[i].size() == theirs[i].size(),
                  "the same groups");
}

}  // namespace

// The first line is the expression; all others are texts of any bytes.
void fuzz::logkit_direct(std::string_view input) {
  const std::string expression(take_line(input));
  // It reads what RE2 refuses, too, without harm.
  const std::optional<logkit::DirectSteps> steps = logkit::direct_steps(expression);
  std::optional<logkit::TextPattern> pattern;
  try {
    pattern.emplace(expression);
  } catch (const agent::Error&) {
    return;
  }
  if (!steps) return;
  require(steps->groups == pattern->group_names().size(), "the groups that RE2 counts");
  while (!input.empty()) {
    const std::string_view text = take_line(input);
    std::vector<std::string_view> groups;
    const auto size = static_cast<std::int64_t>(text.size());
    const logkit::DirectMatch match = logkit::match_directly(*steps, text, 0, groups);
    require(match.steps <= logkit::direct_budget(text.size()) + size + 1, "the budget");
    compare(*pattern, text);
  }
}
