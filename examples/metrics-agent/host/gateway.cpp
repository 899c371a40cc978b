#include "gateway.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include "ip_text.hpp"
#include "text_scan.hpp"

namespace host {
namespace {

constexpr std::uint64_t kUp = 1;
constexpr std::uint64_t kGateway = 2;
constexpr std::uint64_t kReject = 0x200;

std::optional<std::uint64_t> hex_in(std::string_view word) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) return std::nullopt;
  return number;
}

struct Route {
  std::string gateway;
  std::uint64_t metric = 0;
};

bool leads_to_gateway(std::uint64_t flags) {
  return (flags & (kUp | kGateway | kReject)) == (kUp | kGateway);
}

// "eth0 00000000 010200C0 0003 0 0 100 00000000 …": metric in decimal, the rest in hex.
std::optional<Route> default_route(std::string_view line) {
  take_word(line);
  const auto destination = hex_in(take_word(line));
  const std::string_view gateway = take_word(line);
  const auto flags = hex_in(take_word(line));
  take_word(line);
  take_word(line);
  const auto metric = number_in(take_word(line));
  const auto mask = hex_in(take_word(line));
  if (!destination || !flags || !metric || !mask) return std::nullopt;
  if (*destination != 0 || *mask != 0 || !leads_to_gateway(*flags)) return std::nullopt;
  return Route{ipv4_from_hex(gateway), *metric};
}

// "<destination> 00 <source> 00 <gateway> <metric> <references> <use> <flags> eth0", all in hex.
std::optional<Route> default_route6(std::string_view line) {
  const std::string_view destination = take_word(line);
  const auto bits = hex_in(take_word(line));
  take_word(line);
  take_word(line);
  const std::string_view gateway = take_word(line);
  const auto metric = hex_in(take_word(line));
  take_word(line);
  take_word(line);
  const auto flags = hex_in(take_word(line));
  if (!bits || !metric || !flags || destination.find_first_not_of('0') != destination.npos)
    return std::nullopt;
  if (*bits != 0 || !leads_to_gateway(*flags)) return std::nullopt;
  return Route{ipv6_from_hex(gateway), *metric};
}

template <class Parse>
std::string best_gateway(std::string_view text, Parse parse) {
  std::optional<Route> best;
  while (!text.empty()) {
    const auto route = parse(take_line(text));
    if (route && !route->gateway.empty() && (!best || route->metric < best->metric)) best = route;
  }
  return best ? best->gateway : std::string();
}

}  // namespace

std::string find_gateway(std::string_view route, std::string_view ipv6_route) {
  const std::string gateway = best_gateway(route, default_route);
  return gateway.empty() ? best_gateway(ipv6_route, default_route6) : gateway;
}

}  // namespace host
