#include "commands/shown_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log_redaction.hpp"

namespace server {
namespace {

// Bytes that are searched: command lines may have megabytes, and a credential must be recognised even where
// the limit cuts it.
constexpr std::size_t kLookedAt = 64 * 1024;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string shown_text(std::string_view text, std::size_t limit) {
  const std::size_t seen = std::min(text.size(), std::max(kLookedAt, limit));
  std::string shown = agent::mask_credentials(text.substr(0, seen));
  if (shown.size() <= limit && seen == text.size()) return shown;
  std::size_t end = std::min(limit, shown.size());
  while (end > 0 && end < shown.size() && continues_character(shown[end])) --end;
  const std::size_t cut = shown.size() - end + text.size() - seen;
  shown.resize(end);
  return shown + fmt::format("\u2026(+{} bytes)", cut);
}

}  // namespace server
