#include "base/log_redaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/credentials.hpp"

namespace agent {
namespace {

constexpr std::string_view kMask = "***";

void replace_all(std::string& text, const std::string& secret) {
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kMask.size())) {
    text.replace(at, secret.size(), kMask);
  }
}

// 0xc2 begins a C1 control, or something else.
bool may_be_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f || byte == 0xc2;
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
  std::size_t taken = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Span value = find_credential(text, at);
    if (value.is_empty()) {
      ++at;
      continue;
    }
    masked.append(text.substr(taken, value.begin - taken)).append(kMask);
    taken = at = value.end;
  }
  return masked.append(text.substr(taken));
}

std::string escape_controls(std::string_view text) {
  if (std::none_of(text.begin(), text.end(), may_be_control)) return std::string(text);
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
