#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "standard_input.hpp"

namespace logkit {

StandardInput::StandardInput() {
  if (::fcntl(STDIN_FILENO, F_GETFD) >= 0) return;
  const int descriptor = ::open("/dev/null", O_RDONLY);
  if (descriptor > STDIN_FILENO) ::close(descriptor);  // the lowest number is another one
}

bool StandardInput::take(Rest& rest) {
  const std::lock_guard lock(mutex_);
  if (is_taken_) return false;
  is_taken_ = true;
  rest = std::exchange(rest_, {});
  return true;
}

void StandardInput::give_back(Rest rest) {
  const std::lock_guard lock(mutex_);
  is_taken_ = false;
  rest_ = std::move(rest);
}

}  // namespace logkit
