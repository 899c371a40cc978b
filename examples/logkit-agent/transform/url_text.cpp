#include "url_text.hpp"

#include <agent/utf8.hpp>
#include <algorithm>

namespace logkit {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool add_parameter(std::string_view text, UrlParts& parts) {
  const std::size_t equal = std::min(text.find('='), text.size());
  const std::optional<std::string> name = url_decode(text.substr(0, equal));
  const std::optional<std::string> value = url_decode(text.substr(std::min(equal + 1, text.size())));
  if (!name || !value) return false;
  if (name->empty()) return true;
  const auto known = std::find_if(parts.query.begin(), parts.query.end(),
                                  [&](const auto& parameter) { return parameter.first == *name; });
  if (known == parts.query.end())
    parts.query.emplace_back(*name, *value);
  else
    known->second += "&" + *value;
  return true;
}

}  // namespace

std::string url_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

std::optional<std::string> url_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return agent::is_utf8(out) ? out : agent::repair_utf8(out);
}

std::optional<UrlParts> split_url(std::string_view text) {
  UrlParts parts;
  text = text.substr(0, text.find('#'));
  if (const std::size_t scheme = text.find("://"); scheme != kNone && text.find_first_of("/?") > scheme) {
    text.remove_prefix(scheme + 3);
    parts.host = text.substr(0, text.find_first_of("/?"));
    parts.host = parts.host.substr(parts.host.rfind('@') + 1);
    text.remove_prefix(std::min(text.find_first_of("/?"), text.size()));
  }
  std::string_view query;
  if (const std::size_t mark = text.find('?'); mark != kNone) {
    parts.path = text.substr(0, mark);
    query = text.substr(mark + 1);
  } else if (text.find('=') != kNone && !text.starts_with('/')) {
    query = text;
  } else {
    parts.path = text;
  }
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (!add_parameter(query.substr(0, end), parts)) return std::nullopt;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return parts;
}

}  // namespace logkit
