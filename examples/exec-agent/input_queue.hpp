// InputQueue: the input of one command on its way from the server to the program (capability term,
// docs/wire.md): each byte once and in order, however often it is sent. Pure.
#pragma once

#include <agent/wire/exec.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

class InputQueue {
 public:
  // `first`: what the program reads before anything that comes. `follows`: more may come.
  InputQueue(std::string first, bool follows) : waiting_(std::move(first)), ended_(!follows) {}

  // Bytes from `offset` on. Those that are here already are passed over; behind a gap nothing is taken, and
  // the server learns from got() what is missing. `end`: none follow.
  void put(std::uint64_t offset, std::string_view bytes, bool end);
  // What the program has not read yet; it is the caller's from now on, who says by wrote() that it is.
  std::string take();
  void wrote() { in_hand_ = 0; }
  // The program reads no more: what waits goes, and so does what comes.
  void close();

  std::uint64_t got() const { return got_; }
  // Bytes that the server may have sent. It never goes down.
  std::uint64_t until() const;
  bool is_empty() const { return waiting_.empty(); }
  // The last byte has been taken.
  bool is_over() const { return ended_ && waiting_.empty() && in_hand_ == 0; }
  bool is_closed() const { return closed_; }

 private:
  std::string waiting_;
  std::size_t in_hand_ = 0;  // taken and not written
  std::uint64_t got_ = 0;
  bool ended_;
  bool closed_ = false;
};
