#include "metrics/metric_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace server {
namespace {

std::optional<std::string> unknown(const std::vector<std::string>& names,
                                   std::span<const std::string_view> known) {
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fmt::format("'{}' is unknown; known are {}", name, fmt::join(known, ", "));
  }
  return std::nullopt;
}

}  // namespace

bool is_of_kind(std::string_view type, std::string_view kind) {
  if (kind == "unix") return type == "unix" || type == "file";
  if (kind == "tcp" || kind == "udp") return type.size() == kind.size() + 1 && type.starts_with(kind);
  return type == kind;
}

std::optional<std::string> unknown_job(const std::vector<std::string>& names) {
  return unknown(names, kJobs);
}

std::optional<std::string> unknown_connection_kind(const std::vector<std::string>& names) {
  return unknown(names, kConnectionKinds);
}

}  // namespace server
