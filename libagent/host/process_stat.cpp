#include <algorithm>
#include <array>

#include "agent/processes.hpp"
#include "base/trim.hpp"
#include "host/proc_text.hpp"

namespace agent {
namespace {

using host::leading_number;

// proc(5) counts the fields of `stat` from 1; the name, which is the second, is not in the list.
constexpr std::size_t kFirstField = 3;
constexpr std::size_t kLastField = 24;
constexpr std::size_t kStart = 22;

using Fields = std::array<std::string_view, kLastField + 1>;

// Returns the number of the last one that is there.
std::size_t split_fields(std::string_view text, Fields& fields) {
  std::size_t number = kFirstField;
  while (number <= kLastField) {
    text = trim(text);
    if (text.empty() || text.front() == '\n') break;
    const std::size_t size = std::min(text.find_first_of(" \n"), text.size());
    fields[number++] = text.substr(0, size);
    text.remove_prefix(size);
  }
  return number - 1;
}

// The second of "Uid:  real effective saved file-system".
std::string_view second_word(std::string_view text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  return trim(text.substr(end));
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t name = text.find('(');
  const std::size_t name_end = text.rfind(')');
  if (name == std::string_view::npos || name_end == std::string_view::npos || name_end < name)
    return std::nullopt;
  Fields fields;
  if (split_fields(text.substr(name_end + 1), fields) < kStart) return std::nullopt;
  const auto id = [&fields](std::size_t number) { return static_cast<int>(leading_number(fields[number])); };
  return ProcessStat{.name = std::string(text.substr(name + 1, name_end - name - 1)),
                     .state = fields[kFirstField].front(),
                     .parent = id(4),
                     .group = id(5),
                     .session = id(6),
                     .cpu_ticks = leading_number(fields[14]) + leading_number(fields[15]),
                     .threads = leading_number(fields[20]),
                     .start_ticks = leading_number(fields[kStart]),
                     .virtual_bytes = leading_number(fields[23]),
                     .resident_pages = leading_number(fields[24])};
}

std::optional<ProcessStatus> parse_process_status(std::string_view text) {
  const std::string_view user = second_word(host::field_of(text, "Uid", ':'));
  if (user.empty() || user.front() < '0' || user.front() > '9') return std::nullopt;
  return ProcessStatus{.user_id = static_cast<std::uint32_t>(leading_number(user)),
                       .swap_bytes = leading_number(host::field_of(text, "VmSwap", ':')) * 1024};
}

}  // namespace agent
