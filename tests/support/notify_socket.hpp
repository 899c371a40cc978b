// NotifySocket: what a service manager listens on, in the hands of a test.
#pragma once

#include <cstddef>
#include <string>

#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class NotifySocket {
 public:
  enum class Kind { path, abstract };
  explicit NotifySocket(Kind kind = Kind::path);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // For NOTIFY_SOCKET.
  const std::string& name() const { return name_; }

  // The next message. Throws TimedOut.
  std::string receive(std::chrono::milliseconds limit = kPatience);
  bool is_told_within(std::chrono::milliseconds limit);
  // Reads until one message contains `text`, and gives that. Throws TimedOut with what came instead.
  std::string wait_for(const std::string& text, std::chrono::milliseconds limit = kPatience);
  // Reads what is there.
  std::size_t drain();

 private:
  TempDir dir_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace test
