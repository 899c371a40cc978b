#include "base/log_redaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace agent {
namespace {

constexpr std::string_view kMask = "***";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  return std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

std::size_t blanks(std::string_view text, std::size_t from) {
  return std::min(text.find_first_not_of(" \t", from), text.size()) - from;
}

struct Span {
  std::size_t begin = 0;  // within the text that was given
  std::size_t end = 0;
};

// The value that begins at `from`: quoted, or up to a separator.
Span value_span(std::string_view text, std::size_t from, std::string_view separators) {
  if (from < text.size() && (text[from] == '"' || text[from] == '\'')) {
    std::size_t end = from + 1;
    while (end < text.size() && text[end] != text[from]) end += text[end] == '\\' ? 2 : 1;
    return {from + 1, std::min(end, text.size())};
  }
  return {from, std::min(text.find_first_of(separators, from), text.size())};
}

Span after_bearer(std::string_view text) {
  constexpr std::string_view kWord = "bearer ";
  if (!starts_with_word(text, kWord)) return {};
  return value_span(text, kWord.size() + blanks(text, kWord.size()), " \t\r\n\"',;");
}

// name=value, name = value, "name": "value"
Span after_name(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames{"password", "passwd", "token", "secret"};
  for (std::string_view name : kNames) {
    if (!starts_with_word(text, name)) continue;
    std::size_t at = name.size();
    const bool quoted = at < text.size() && text[at] == '"';
    if (quoted) ++at;
    at += blanks(text, at);
    if (at >= text.size() || (text[at] != '=' && !(quoted && text[at] == ':'))) continue;
    ++at;
    return value_span(text, at + blanks(text, at), " \t\r\n,;&\"')}]");
  }
  return {};
}

// ://user:password@
Span in_address(std::string_view text) {
  if (!text.starts_with("://")) return {};
  const std::string_view authority =
      text.substr(0, std::min(text.find_first_of("/?# \t\r\n\"'", 3), text.size()));
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = authority.find(':', 3);
  return at != std::string_view::npos && colon < at ? Span{colon + 1, at} : Span{};
}

Span find_credential(std::string_view text) {
  switch (lower(text[0])) {
    case 'b': return after_bearer(text);
    case 'p':
    case 't':
    case 's': return after_name(text);
    case ':': return in_address(text);
    default: return {};
  }
}

void replace_all(std::string& text, const std::string& secret) {
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kMask.size())) {
    text.replace(at, secret.size(), kMask);
  }
}

}  // namespace

void Redaction::hide(std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  const std::unique_lock lock(mutex_);
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  const auto longer = [&](const std::string& other) { return other.size() < secret.size(); };
  secrets_.insert(std::find_if(secrets_.begin(), secrets_.end(), longer), std::string(secret));
}

std::string Redaction::apply(std::string_view text) const {
  std::string masked(text);
  {
    const std::shared_lock lock(mutex_);
    for (const std::string& secret : secrets_) replace_all(masked, secret);
  }
  return mask_credentials(masked);
}

std::string mask_credentials(std::string_view text) {
  std::string masked;
  masked.reserve(text.size());
  while (!text.empty()) {
    const Span value = find_credential(text);
    if (value.begin < value.end) {
      masked += text.substr(0, value.begin);
      masked += kMask;
      text.remove_prefix(value.end);
    } else {
      masked += text[0];
      text.remove_prefix(1);
    }
  }
  return masked;
}

std::string escape_controls(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\r') {
      escaped += "\\r";
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      escaped += fmt::format("\\x{:02x}", c);
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {  // C1 controls: a terminal obeys them too
      escaped += fmt::format("\\x{:02x}", next);
      ++i;
    } else {
      escaped += text[i];
    }
  }
  return escaped;
}

}  // namespace agent
