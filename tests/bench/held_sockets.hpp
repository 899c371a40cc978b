// HeldSockets: processes that do nothing but hold sockets of every kind, until this object ends.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace bench {

class HeldSockets {
 public:
  // Returns once all of them are open. Throws std::runtime_error. Five of ten sockets are of
  // Unix, two of UDP, and three a listener of TCP and a connection to it.
  HeldSockets(std::size_t processes, std::size_t sockets);
  ~HeldSockets();
  HeldSockets(const HeldSockets&) = delete;
  HeldSockets& operator=(const HeldSockets&) = delete;

 private:
  std::vector<pid_t> children_;
};

}  // namespace bench
