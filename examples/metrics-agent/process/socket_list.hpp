// SocketList: the list of connections, from the kernel's rows and the processes' descriptors. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <agent/wire/metrics.hpp>
#include "socket_rows.hpp"

// By SocketType.
using SocketKinds = std::array<bool, kSocketTypes.size()>;

// "tcp" is tcp4 and tcp6, "udp" both of UDP. Without kinds all of them; unknown ones are none.
SocketKinds socket_kinds(const std::vector<std::string>& kinds);

// SocketList: first add() all rows, then seal(), then hold() for each descriptor, then connections().
//
// The list is bounded, and so is the memory for it. Cut off are first sockets that no process holds, such as
// those in TIME_WAIT, then connections; sockets that wait for others go last. Not thread-safe.
class SocketList {
 public:
  explicit SocketList(std::size_t bound) : bound_(bound) {}

  void add(SocketRow row);
  void seal();

  // The process has the socket open. The first one counts, and its first descriptor.
  void hold(std::uint64_t inode, int pid, int descriptor);

  // In the order of SocketType. "local" and "remote" are "ip:port", only "ip" when the port is 0, and a Unix
  // socket's path. The list is empty after that.
  std::vector<agent::wire::Connection> connections();
  // How many rows were added that are not in the list.
  std::uint64_t left_out() const;
  // All rows, by type and state; those that there are none of are left out.
  std::vector<agent::wire::ConnectionCount> counts() const;

 private:
  struct Listed {
    SocketRow row;
    int pid = 0;
    int descriptor = 0;
  };
  struct Place {
    std::uint64_t inode;
    std::size_t index;
  };
  static constexpr std::size_t kStates = 12;  // of TCP; 0 is for all others

  std::size_t bound_;
  std::array<std::vector<SocketRow>, 3> ranks_;  // what is cut off last comes first
  std::vector<Listed> listed_;
  std::vector<Place> places_;  // by inode
  std::uint64_t rows_ = 0;
  std::uint64_t left_out_ = 0;
  std::array<std::array<std::uint64_t, kStates>, kSocketTypes.size()> counts_{};
};
