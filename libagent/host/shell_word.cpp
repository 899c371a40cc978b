#include "host/shell_word.hpp"

#include <algorithm>

namespace agent::host {
namespace {

bool is_plain(char c) {
  constexpr std::string_view kPlain = "/._-+,:@=%";
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || static_cast<unsigned char>(c) >= 0x80 || kPlain.find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out = "'";
  for (char c : text) c == '\'' ? out.append("'\\''") : out.append(1, c);
  return out + "'";
}

}  // namespace agent::host
