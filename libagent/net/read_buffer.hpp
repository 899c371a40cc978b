// ReadBuffer: where the next bytes of a connection are read to: half a kilobyte, which is there while
// somebody reads.
//
// Most messages fit in. A wait with a buffer of its own costs no system call more, one for readiness does.
// Belongs to its connection's loop.
#pragma once

#include <array>
#include <memory>

namespace agent::net {

class ReadBuffer {
 public:
  using Bytes = std::array<char, 512>;

  // A read begins. What the one before has brought is gone.
  Bytes& begin() {
    if (!bytes_) bytes_ = std::make_unique_for_overwrite<Bytes>();
    is_reading_ = true;
    return *bytes_;
  }
  // It is over: what it has brought, until the next one begins.
  Bytes& end() {
    is_reading_ = false;
    return *bytes_;
  }
  // Gives the memory back, unless a read goes on.
  void release() {
    if (!is_reading_) bytes_.reset();
  }

 private:
  std::unique_ptr<Bytes> bytes_;
  bool is_reading_ = false;
};

}  // namespace agent::net
