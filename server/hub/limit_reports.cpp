#include "hub/limit_reports.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace server {

using agent::wire::LimitReport;
using agent::wire::LimitReports;

namespace {

constexpr std::array<std::string_view, 4> kKinds{"cpu", "memory", "disk", "tasks"};

// A character that is cut in half becomes U+FFFD when it is written.
void cut(std::string& text) {
  if (text.size() <= kLimitTextMax) return;
  text.resize(kLimitTextMax);
  text.shrink_to_fit();
}

}  // namespace

LimitReports known_limits(LimitReports said) {
  LimitReports known;
  for (const std::string_view kind : kKinds) {
    const auto found = std::find_if(said.list.begin(), said.list.end(),
                                    [kind](const LimitReport& report) { return report.kind == kind; });
    if (found == said.list.end()) continue;
    cut(found->value);
    cut(found->problem);
    known.list.push_back(std::move(*found));
  }
  return known;
}

}  // namespace server
