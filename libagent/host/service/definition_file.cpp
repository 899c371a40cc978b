#include "host/service/definition_file.hpp"

#include <algorithm>
#include <vector>

namespace agent::host {
namespace {

using LineViews = std::vector<std::string_view>;

LineViews split(std::string_view text) {
  LineViews out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

// For each pair of rests: how many lines both have, in the same order.
std::vector<std::vector<std::size_t>> common_lines(const LineViews& before, const LineViews& after) {
  std::vector<std::vector<std::size_t>> common(before.size() + 1, std::vector<std::size_t>(after.size() + 1));
  for (std::size_t i = before.size(); i-- > 0;) {
    for (std::size_t j = after.size(); j-- > 0;) {
      common[i][j] =
          before[i] == after[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return common;
}

}  // namespace

std::string difference(std::string_view before_text, std::string_view after_text) {
  const LineViews before = split(before_text);
  const LineViews after = split(after_text);
  const auto common = common_lines(before, after);
  std::string out;
  const auto say = [&out](std::string_view mark, std::string_view line) {
    out.append(mark).append(line).push_back('\n');
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() || j < after.size()) {
    if (i < before.size() && j < after.size() && before[i] == after[j]) {
      ++i, ++j;
    } else if (j == after.size() || (i < before.size() && common[i + 1][j] >= common[i][j + 1])) {
      say("- ", before[i++]);
    } else {
      say("+ ", after[j++]);
    }
  }
  return out;
}

}  // namespace agent::host
