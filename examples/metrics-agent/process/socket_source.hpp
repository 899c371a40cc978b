// SocketSource: the sockets of the host's network namespace, from the kernel.
#pragma once

#include <array>
#include <filesystem>

#include "socket_rows.hpp"

// SocketSource: asks the kernel by netlink (sock_diag(7)), and reads /proc/net where it does not answer:
// before Linux 3.3, without the kernel's modules for it, and in a container whose `root` is that of a host,
// with a network of its own. Then it is /proc/net of the host's process 1. Not thread-safe; blocks for 0.3 to
// 1 µs for each socket.
class SocketSource {
 public:
  enum class Way { best, text };

  explicit SocketSource(std::filesystem::path root, Way way = Way::best);

  // Calls `use` for every socket of that type; with `listening`, of TCP only those that listen. False when
  // they cannot be read, or not all of them; a machine without IPv6 has none.
  bool read(SocketType type, bool listening, const UseSocketRow& use);

  // Whether the last read() was by netlink.
  bool by_netlink() const { return by_netlink_; }

 private:
  bool read_text(SocketType type, bool listening, const UseSocketRow& use) const;

  std::filesystem::path net_;  // where tcp, tcp6, … are
  // By type: whether to ask. The kernel would look for a module to load each time.
  std::array<bool, kSocketTypes.size()> asks_{};
  bool by_netlink_ = false;
};
