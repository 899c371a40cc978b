#include "agentctl/line_prefix.hpp"

#include <utility>

#include "agentctl/safe_text.hpp"

namespace agentctl {

std::string LinePrefix::line_of(std::string_view line) const {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return prefix_ + safe_line(line) + "\n";
}

std::string LinePrefix::feed(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const bool is_whole = end != std::string_view::npos;
    begun_ += bytes.substr(0, end);
    bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
    for (; begun_.size() > kLongestLine; begun_.erase(0, kLongestLine))
      out += line_of(std::string_view(begun_).substr(0, kLongestLine));
    if (!is_whole) break;
    out += line_of(begun_);
    begun_.clear();
  }
  return out;
}

std::string LinePrefix::finish() {
  if (begun_.empty()) return {};
  return line_of(std::exchange(begun_, {}));
}

}  // namespace agentctl
