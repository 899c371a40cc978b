// StandardInput: the standard input of the program, which one reader has at a time. Any thread.
//
// A reader that ends while the program goes on, because its runner has changed, leaves the beginning of a
// line to the one that comes after it. If none comes, whoever ends the program takes those
// bytes, which are lost.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

namespace logkit {

class StandardInput {
 public:
  // A closed standard input becomes an empty one, before another file has its number.
  StandardInput();

  // What a reader has left.
  struct Rest {
    std::string bytes;  // of a line
    // What follows, up to the next line end, belongs to a record that was cut off.
    bool is_within_cut_line = false;
  };
  // The reader's: false when somebody else has it.
  bool take(Rest& rest);
  void give_back(Rest rest);

  // The program ends: there is no reader after this one.
  void end() { is_ending_ = true; }
  bool is_ending() const { return is_ending_; }

 private:
  std::mutex mutex_;
  bool is_taken_ = false;
  Rest rest_;
  std::atomic<bool> is_ending_{false};
};

}  // namespace logkit
