#include "finding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace manifest {
namespace {

std::string_view name_of(Finding::Weight weight) {
  switch (weight) {
    case Finding::Weight::error: return "error";
    case Finding::Weight::warning: return "warning";
    case Finding::Weight::note: break;
  }
  return "note";
}

}  // namespace

std::string to_string(const Finding& finding, const std::string& file) {
  const std::string& place = finding.file.empty() ? file : finding.file;
  const std::string line = finding.line > 0 ? fmt::format(":{}", finding.line) : "";
  const std::string remedy = finding.remedy.empty() ? "" : "; " + finding.remedy;
  return fmt::format("{}{}: {}: {}{}", place, line, name_of(finding.weight), finding.text, remedy);
}

void sort(std::vector<Finding>& findings) { std::ranges::stable_sort(findings, {}, &Finding::line); }

bool has_errors(const std::vector<Finding>& findings) {
  return std::ranges::any_of(findings,
                             [](const Finding& finding) { return finding.weight == Finding::Weight::error; });
}

}  // namespace manifest
