// Text as it is in URLs: in the form of a query, where a blank is '+'. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logkit {

std::string url_encode(std::string_view text);
// Valid UTF-8; bytes that are no characters become U+FFFD. Nothing: a '%' has no two digits.
std::optional<std::string> url_decode(std::string_view text);

struct UrlParts {
  std::string_view host;  // with its port
  std::string_view path;
  // In their order; a name that comes again stands there once, with its values joined by '&'.
  std::vector<std::pair<std::string, std::string>> query;
};

// Of "https://host/path?a=1", "/path?a=1" or "a=1&b=2". Nothing: a part cannot be decoded.
std::optional<UrlParts> split_url(std::string_view text);

}  // namespace logkit
