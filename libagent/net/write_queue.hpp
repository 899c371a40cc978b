// WriteQueue: bytes on their way into a connection, from those who append them to the kernel that takes them.
// Decisions without I/O.
//
// What is appended waits in the tail while the front is written; an empty front takes the tail's place,
// through TLS as what it encrypts to. So nothing is moved within a buffer, a receiver that is always behind
// costs no more than what it has not taken, and a queue without bytes owns no memory
// (docs/decisions/write-queue.md). Belongs to its connection's loop.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "net/tls.hpp"

namespace agent::net {

class WriteQueue {
 public:
  // The queue's end, plain: to append to in place.
  std::string& tail() { return tail_; }
  // What TLS itself has to say (its handshake, its alerts) goes here, past what waits in the tail.
  std::string& records() { return front_; }

  // Bytes that the kernel has not taken.
  std::size_t size() const { return tail_.size() + front_.size() - sent_; }

  // What is to be written next, "" when there is nothing. With `tls`, what waits stays until that has been
  // established. Valid until the queue changes.
  std::span<const char> next(Tls* tls);
  // The kernel has taken so many bytes of next().
  void sent(std::size_t bytes) { sent_ += bytes; }

  // The last words of TLS: all that waits is encrypted now, and then its end is told.
  void finish(Tls& tls);

  void clear();

 private:
  std::string tail_;
  std::string front_;
  std::size_t sent_ = 0;  // of the front
};

}  // namespace agent::net
