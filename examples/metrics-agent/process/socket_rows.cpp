#include "socket_rows.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace {

// By the kernel's numbers.
constexpr std::array<std::string_view, 12> kStates{"UNKNOWN",    "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                                   "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
                                                   "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};
constexpr std::array<std::string_view, 5> kTypes{"tcp4", "tcp6", "udp4", "udp6", "unix"};

constexpr std::size_t kWordDigits = 8;

// Takes the next word off the line; "" at its end.
std::string_view take_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

template <class Number>
bool read_number(std::string_view text, Number& number, int base) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end && !text.empty();
}

// Words of 32 bits, as they lie in memory, then ":port".
bool read_address(std::string_view text, std::size_t bytes, SocketAddress& address) {
  const std::size_t digits = 2 * bytes;
  if (text.size() < digits + 2 || text[digits] != ':') return false;
  for (std::size_t at = 0; at < digits; at += kWordDigits) {
    std::uint32_t word = 0;
    if (!read_number(text.substr(at, kWordDigits), word, 16)) return false;
    std::memcpy(address.ip.data() + at / 2, &word, sizeof word);
  }
  return read_number(text.substr(digits + 1), address.port, 16);
}

void skip_words(std::string_view& line, int count) {
  for (; count > 0; --count) take_word(line);
}

}  // namespace

bool SocketRow::is_waiting() const {
  if (type == SocketType::unix_domain) return false;
  return is_tcp(type) ? state == kListen : remote.port == 0;
}

// "  0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 12345 1 ..."
std::optional<SocketRow> parse_inet_line(SocketType type, std::string_view line) {
  SocketRow row{.type = type, .path = {}};
  const std::size_t bytes = is_ipv6(type) ? 16 : 4;
  unsigned state = 0;
  if (!take_word(line).ends_with(':')) return std::nullopt;
  if (!read_address(take_word(line), bytes, row.local)) return std::nullopt;
  if (!read_address(take_word(line), bytes, row.remote)) return std::nullopt;
  if (!read_number(take_word(line), state, 16) || state > 0xFF) return std::nullopt;
  if (is_tcp(type)) row.state = static_cast<std::uint8_t>(state);
  skip_words(line, 5);  // queues, timer, retransmits, user, timeout
  if (!read_number(take_word(line), row.inode, 10)) return std::nullopt;
  return row;
}

// "ffff88003d0aa680: 00000002 00000000 00010000 0001 01 12345 /run/x"
std::optional<SocketRow> parse_unix_line(std::string_view line) {
  SocketRow row{.type = SocketType::unix_domain, .path = {}};
  std::uint64_t number = 0;
  const std::string_view address = take_word(line);
  if (!address.ends_with(':') || !read_number(address.substr(0, address.size() - 1), number, 16))
    return std::nullopt;
  skip_words(line, 5);  // references, protocol, flags, type, state
  if (!read_number(take_word(line), row.inode, 10)) return std::nullopt;
  if (!line.empty()) row.path = line.substr(1);
  return row;
}

std::string_view type_name(SocketType type) { return kTypes.at(static_cast<std::size_t>(type)); }

std::string_view state_name(SocketType type, std::uint8_t state) {
  if (!is_tcp(type)) return "NONE";
  return state < kStates.size() ? kStates.at(state) : kStates[0];
}
