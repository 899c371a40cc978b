// StandardInput: the standard input of the program, which one reader has at a time. Any thread.
//
// A reader that ends while the program goes on, because its runner has changed, leaves the beginning of a
// line to the one that comes after it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

namespace logkit {

class StandardInput {
 public:
  // A closed standard input becomes an empty one, before another file has its number.
  StandardInput();

  // The reader's: false when somebody else has it. `rest`: what the reader before has left.
  bool take(std::string& rest);
  void give_back(std::string rest);

  // The program ends: there is no reader after this one.
  void end() { is_ending_ = true; }
  bool is_ending() const { return is_ending_; }

 private:
  std::mutex mutex_;
  bool is_taken_ = false;
  std::string rest_;
  std::atomic<bool> is_ending_{false};
};

}  // namespace logkit
