// Signals that interrupt the thread that made this, as fast as another one can send them: calls of the system
// that are not begun again fail.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <thread>

namespace test {

class SignalStorm {
 public:
  SignalStorm() {
    handled() = 0;
    struct sigaction counting {};
    counting.sa_handler = [](int) { ++handled(); };  // without SA_RESTART
    ::sigaction(SIGCHLD, &counting, &before_);
    sender_ = std::thread([this, target = ::pthread_self()] {
      while (!over_) ::pthread_kill(target, SIGCHLD);
    });
  }
  ~SignalStorm() {
    over_ = true;
    sender_.join();
    ::sigaction(SIGCHLD, &before_, nullptr);
  }
  SignalStorm(const SignalStorm&) = delete;
  SignalStorm& operator=(const SignalStorm&) = delete;

  long count() const { return handled(); }

 private:
  static std::atomic<long>& handled() {
    static std::atomic<long> count = 0;
    return count;
  }

  std::atomic<bool> over_ = false;
  struct sigaction before_ {};
  std::thread sender_;
};

}  // namespace test
