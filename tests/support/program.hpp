// Program: a child process with its output in a file. It never outlives its object, nor the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class Program {
 public:
  using Arguments = std::vector<std::string>;
  using Environment = std::vector<std::pair<std::string, std::string>>;

  // Starts `path`; `environment` is added to that of the test, without settings and proxies, and wins. Throws
  // when it cannot be started.
  explicit Program(const std::string& path, const Arguments& arguments = {},
                   const Environment& environment = {});
  ~Program();  // SIGKILL
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running();
  void signal(int number) const;
  // The exit code, 128 + n after signal n. Throws TimedOut with the output.
  int wait(std::chrono::milliseconds limit = kPatience);

  // Everything it has written so far, stdout and stderr.
  std::string output() const;
  // Waits until the output contains `beginning` and gives the rest of that line. Throws with the output when
  // the program ends before, or after the limit.
  std::string wait_for_rest_of(const std::string& beginning, std::chrono::milliseconds limit = kPatience);
  // The same for any text, `from` so many bytes on.
  void wait_for(const std::string& text, std::chrono::milliseconds limit = kPatience, std::size_t from = 0);
  // How often the output contains `text`.
  std::size_t count(const std::string& text) const;

  // From /proc.
  std::size_t resident_bytes() const;
  std::size_t descriptors() const;

 private:
  void start(const std::string& path, const Arguments& arguments, const Environment& environment);
  void wait_until_output(const std::string& what, const std::function<bool(const std::string&)>& condition,
                         std::chrono::milliseconds limit);

  TempDir dir_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

// Runs it to its end: exit code and output.
std::pair<int, std::string> run_program(const std::string& path, const Program::Arguments& arguments = {});

}  // namespace test
