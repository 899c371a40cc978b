#include <array>
#include <ctime>

#include "examples/logkit-agent/read/path_pattern.hpp"
#include "path_time.hpp"

namespace logkit {
namespace {

constexpr std::string_view kLetters = "YmdHMSj%";

}  // namespace

std::string path_at(const std::string& pattern, std::time_t time) {
  if (pattern.find('%') == std::string::npos) return pattern;
  std::tm parts{};
  ::localtime_r(&time, &parts);
  std::array<char, 8192> buffer;
  const std::size_t size = std::strftime(buffer.data(), buffer.size(), pattern.c_str(), &parts);
  return {buffer.data(), size};
}

std::string paths_of(const std::string& pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%' && i + 1 < pattern.size())
      out += pattern[++i] == '%' ? '%' : '*';
    else if (has_pattern(std::string_view(&pattern[i], 1)))
      out += '?';
    else
      out += pattern[i];
  }
  return out;
}

void check_path_time(const std::string& pattern, const PartOptions& options) {
  if (pattern.size() > 4096) options.fail("file_send_path: longer than 4096 bytes");
  for (std::size_t at = pattern.find('%'); at != std::string::npos; at = pattern.find('%', at + 2)) {
    if (at + 1 == pattern.size() || kLetters.find(pattern[at + 1]) == std::string_view::npos)
      options.fail("file_send_path: behind a '%' comes one of Y m d H M S j %");
  }
}

}  // namespace logkit
