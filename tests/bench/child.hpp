// Child: a program that a benchmark starts, measures and ends.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace bench {

class Child {
 public:
  // Starts `arguments[0]` and waits until a line of its stdout contains `ready`; "" does not wait.
  // Throws std::runtime_error with the output when it ends before that.
  Child(const std::vector<std::string>& arguments, const std::string& ready);
  ~Child();  // SIGKILL if it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  // What followed `ready` on its line.
  const std::string& ready_text() const { return ready_text_; }
  void kill();

 private:
  void wait_for(const std::string& ready, int output);

  pid_t pid_ = -1;
  int output_ = -1;
  std::string ready_text_;
};

}  // namespace bench
