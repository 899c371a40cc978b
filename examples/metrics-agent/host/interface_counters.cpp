#include "interface_counters.hpp"

#include <array>
#include <utility>

#include "text_scan.hpp"

namespace host {
namespace {

constexpr std::size_t kReceivedBytes = 0;
constexpr std::size_t kReceivedPackets = 1;
constexpr std::size_t kSentBytes = 8;
constexpr std::size_t kSentPackets = 9;

}  // namespace

std::vector<agent::wire::InterfaceUsage> parse_net_dev(std::string_view text) {
  std::vector<agent::wire::InterfaceUsage> interfaces;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    // Old kernels write no blank behind the colon, which no name has in it.
    const std::size_t colon = line.rfind(':');
    if (colon == line.npos) continue;
    std::string_view rest = line.substr(colon + 1);
    std::array<std::uint64_t, kSentPackets + 1> numbers{};
    std::size_t count = 0;
    for (; count < numbers.size(); ++count) {
      const auto number = number_in(take_word(rest));
      if (!number) break;
      numbers[count] = *number;
    }
    if (count < numbers.size()) continue;
    interfaces.push_back({std::string(stripped(line.substr(0, colon))), numbers[kSentBytes],
                          numbers[kReceivedBytes], numbers[kSentPackets], numbers[kReceivedPackets]});
  }
  return interfaces;
}

}  // namespace host
