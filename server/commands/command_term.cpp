#include "commands/command_term.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/wire/kept.hpp"
#include "order_error.hpp"

namespace server {
namespace {

using agent::Errc;

constexpr std::array<std::string_view, 9> kSignals{"INT",  "TERM", "HUP",  "QUIT", "KILL",
                                                   "USR1", "USR2", "TSTP", "CONT"};

void check_cells(std::string_view name, std::uint32_t count) {
  if (count >= 1 && count <= agent::wire::kMostCells) return;
  throw OrderError(Errc::bad_message,
                   fmt::format("bad param: terminal: {}: 1 to {}", name, agent::wire::kMostCells));
}

}  // namespace

void check_size(const agent::wire::TerminalCells& size) {
  check_cells("rows", size.rows);
  check_cells("cols", size.cols);
}

bool can_type(const Session& session, const agent::wire::Exec& exec) {
  return !needs_term(exec) ||
         (session.has(agent::wire::kTermCapability) && session.has(agent::wire::kAckCapability));
}

void check_can_type(const Session& session, const agent::wire::Exec& exec) {
  if (can_type(session, exec)) return;
  const std::vector<std::string>& offered = session.come().caps;
  const bool is_able =
      std::find(offered.begin(), offered.end(), agent::wire::kTermCapability) != offered.end();
  throw OrderError(Errc::wrong_type, fmt::format("agent cannot give commands input or a terminal: {}",
                                                 is_able ? "term is not among this server's capabilities"
                                                         : "it is an original or too old"));
}

bool is_signal(std::string_view name) {
  return std::find(kSignals.begin(), kSignals.end(), name) != kSignals.end();
}

}  // namespace server
