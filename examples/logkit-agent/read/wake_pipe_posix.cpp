#include <fcntl.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <array>
#include <cerrno>

#include "wake_pipe.hpp"

namespace logkit {

WakePipe::WakePipe() {
  if (::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) throw agent::system_error("pipe", errno);
}

WakePipe::~WakePipe() {
  ::close(ends_[0]);
  ::close(ends_[1]);
}

void WakePipe::wake() {
  if (::write(ends_[1], "", 1) < 0) return;  // it is awake already
}

void WakePipe::clear() {
  std::array<char, 256> ignored;
  while (::read(ends_[0], ignored.data(), ignored.size()) > 0) {
  }
}

}  // namespace logkit
