#include "agentctl/escape_keys.hpp"

namespace agentctl {
namespace {

std::optional<KeyOrder> order_of(char c) {
  switch (c) {
    case '.': return KeyOrder::leave;
    case 't': return KeyOrder::take_over;
    case '?': return KeyOrder::help;
    default: return std::nullopt;
  }
}

bool ends_line(char c) { return c == '\r' || c == '\n'; }

}  // namespace

Keys EscapeKeys::feed(std::string_view typed) {
  Keys keys;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const char c = typed[i];
    if (has_key_) {
      has_key_ = false;
      keys.order = order_of(c);
      if (keys.order) {
        at_line_start_ = true;
        keys.rest = typed.substr(i + 1);
        return keys;
      }
      keys.bytes += *key_;
      at_line_start_ = false;
      if (c == *key_) continue;
    } else if (at_line_start_ && key_ == c) {
      has_key_ = true;
      continue;
    }
    keys.bytes += c;
    at_line_start_ = ends_line(c);
  }
  return keys;
}

}  // namespace agentctl
