#include "host/process_stat.hpp"

#include <algorithm>

#include "base/trim.hpp"
#include "host/proc_text.hpp"

namespace agent::host {
namespace {

// The field of that number as proc(5) counts them, the state being 3; "" when there are fewer.
std::string_view field_after_name(std::string_view fields, int number) {
  for (int at = 3; at < number; ++at) {
    fields = fields.substr(std::min(fields.size(), fields.find(' ')));
    fields = fields.substr(std::min(fields.size(), fields.find_first_not_of(' ')));
  }
  return fields.substr(0, fields.find(' '));
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view fields = trim(text.substr(name_end + 1));
  std::string_view start = field_after_name(fields, 22);
  if (start.empty()) return std::nullopt;
  const auto id = [fields](int number) {
    return static_cast<int>(leading_number(field_after_name(fields, number)));
  };
  return ProcessStat{.state = fields.front(),
                     .parent = id(4),
                     .group = id(5),
                     .session = id(6),
                     .threads = leading_number(field_after_name(fields, 20)),
                     .start_ticks = leading_number(start)};
}

}  // namespace agent::host
