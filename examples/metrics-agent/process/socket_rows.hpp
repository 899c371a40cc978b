// Sockets as the kernel lists them: the rows of /proc/net/tcp and its siblings, and what they are called on
// the wire. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// In the order of the lists.
enum class SocketType : std::uint8_t { tcp4, tcp6, udp4, udp6, unix_domain };
inline constexpr std::array kSocketTypes{SocketType::tcp4, SocketType::tcp6, SocketType::udp4,
                                         SocketType::udp6, SocketType::unix_domain};

constexpr bool is_tcp(SocketType type) { return type <= SocketType::tcp6; }
constexpr bool is_ipv6(SocketType type) { return type == SocketType::tcp6 || type == SocketType::udp6; }

inline constexpr std::uint8_t kTimeWait = 6;
inline constexpr std::uint8_t kListen = 10;

struct SocketAddress {
  std::array<unsigned char, 16> ip{};  // in network order; IPv4 has four bytes
  std::uint16_t port = 0;
};

struct SocketRow {
  SocketType type = SocketType::tcp4;
  std::uint8_t state = 0;   // the kernel's number for TCP's states, 0 for all others
  std::uint64_t inode = 0;  // 0: no process holds it, as in TIME_WAIT, and until it is accepted
  SocketAddress local;
  SocketAddress remote;
  std::string path;  // of a Unix socket, "@name" for an abstract one; any bytes

  // Waits for others: a listening socket, or one of UDP that is connected to nobody.
  bool is_waiting() const;
};

using UseSocketRow = std::function<void(SocketRow row)>;

// A line of /proc/net/tcp, tcp6, udp or udp6. nullopt for the head line and whatever else is none. Addresses
// are as this machine's byte order writes them.
std::optional<SocketRow> parse_inet_line(SocketType type, std::string_view line);
// A line of /proc/net/unix.
std::optional<SocketRow> parse_unix_line(std::string_view line);

// "tcp4", "unix".
std::string_view type_name(SocketType type);
// "LISTEN"; "NONE" for what is not TCP, as originals say, and "UNKNOWN" for states of a later kernel.
std::string_view state_name(SocketType type, std::uint8_t state);
