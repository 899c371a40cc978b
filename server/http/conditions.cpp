#include "http/conditions.hpp"

#include <time.h>

#include <algorithm>

namespace server {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view without_weakness(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// Whether a list of tags, or "*", has this one. Weak tags are as good as others only where `weakly`
// (RFC 9110, 8.8.3.2). Our tags have no commas.
bool matches(std::string_view list, std::string_view etag, bool weakly) {
  if (trim(list) == "*") return true;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view tag = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    const bool same =
        weakly ? without_weakness(tag) == without_weakness(etag) : tag == etag && etag.starts_with('"');
    if (same) return true;
  }
  return false;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    struct tm parts {};
    const std::string copy(text);
    const char* end = ::strptime(copy.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
  }
  return std::nullopt;
}

// In the order of RFC 9110, 13.2.2. A condition on the tag makes the one on the date void.
Condition evaluate_conditions(const agent::net::HttpHead& request, const Validators& current) {
  if (current.etag.empty()) return Condition::holds;
  const std::string_view match = request.header("If-Match");
  const auto unmodified = parse_http_date(request.header("If-Unmodified-Since"));
  const std::string_view none_match = request.header("If-None-Match");
  const auto since = parse_http_date(request.header("If-Modified-Since"));
  if (!match.empty()) {
    if (!matches(match, current.etag, false)) return Condition::failed;
  } else if (unmodified && current.modified && *current.modified > *unmodified) {
    return Condition::failed;
  }
  if (!none_match.empty()) {
    return matches(none_match, current.etag, true) ? Condition::not_modified : Condition::holds;
  }
  const bool is_known = since && current.modified && *current.modified <= *since;
  return is_known ? Condition::not_modified : Condition::holds;
}

}  // namespace server
