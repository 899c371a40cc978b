#include "tests/support/notify_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace test {

NotifySocket::NotifySocket(Kind kind)
    : name_(kind == Kind::path ? dir_.file("notify") : "@" + dir_.path()),
      descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name_.data(), name_.size());
  if (kind == Kind::abstract) address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) != 0)
    throw std::runtime_error("bind " + name_);
}

NotifySocket::~NotifySocket() { ::close(descriptor_); }

bool NotifySocket::is_told_within(std::chrono::milliseconds limit) {
  pollfd wait{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, static_cast<int>(limit.count())) == 1;
}

std::string NotifySocket::receive(std::chrono::milliseconds limit) {
  if (!is_told_within(limit)) throw TimedOut("no message to the service manager");
  std::string message(4096, '\0');
  const ssize_t size = ::recv(descriptor_, message.data(), message.size(), 0);
  message.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return message;
}

std::string NotifySocket::wait_for(const std::string& text, std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  std::string heard;
  while (is_told_within(deadline.left())) {
    const std::string message = receive();
    if (message.find(text) != std::string::npos) return message;
    heard += message;
  }
  throw TimedOut("the service manager is not told '" + text + "', but:\n" + heard);
}

std::size_t NotifySocket::drain() {
  std::size_t count = 0;
  for (; is_told_within(std::chrono::milliseconds(0)); ++count) receive();
  return count;
}

}  // namespace test
