// Conditional requests (RFC 9110, 13): what If-Match, If-None-Match, If-Modified-Since and
// If-Unmodified-Since say of a content. Decisions without I/O.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace server {

// Validators of the content as it is now.
struct Validators {
  std::string etag;  // in its quotes, "W/" before them when it is weak; "" = none
  std::optional<std::chrono::sys_seconds> modified;
};

enum class Condition {
  holds,         // answer as if there were none
  not_modified,  // 304: the client has it
  failed,        // 412: it is not the content that the client means
};

// Without validators every condition holds.
Condition evaluate_conditions(const agent::net::HttpHead& request, const Validators& current);

// The three forms of RFC 9110, 5.6.7; nullopt for anything else.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace server
