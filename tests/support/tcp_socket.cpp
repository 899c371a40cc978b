#include "tests/support/tcp_socket.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace test {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int open_socket() {
  int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket");
  return descriptor;
}

// Every send is a packet of its own, as in the programs under test.
void send_at_once(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool is_ready(int descriptor, short events, std::chrono::milliseconds limit) {
  pollfd watched{descriptor, events, 0};
  return ::poll(&watched, 1, static_cast<int>(limit.count())) > 0;
}

}  // namespace

TcpSocket TcpSocket::connect(std::uint16_t port) {
  TcpSocket socket(open_socket());
  sockaddr_in address = loopback(port);
  if (::connect(socket.descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  send_at_once(socket.descriptor_);
  return socket;
}

TcpSocket::TcpSocket(TcpSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}

TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  tls_ = std::move(other.tls_);
  return *this;
}

void TcpSocket::start_tls(std::shared_ptr<agent::net::TlsContext> context, bool is_server,
                          std::chrono::milliseconds limit) {
  tls_ = std::make_unique<agent::net::Tls>(std::move(context), is_server, "127.0.0.1");
  std::string out;
  tls_->start(out);
  const Deadline deadline(limit);
  while (!tls_->is_established()) {
    if (!send_plain(std::exchange(out, {}))) fail("TLS handshake");
    std::string in = receive_plain(deadline.left(), kReadSize);
    if (in.empty()) throw std::runtime_error("TLS handshake: the peer closed");
    std::string early;
    tls_->decrypt(in, early, out);
  }
  send_plain(out);
}

void TcpSocket::send(std::string_view bytes) {
  if (!try_send(bytes)) fail("send");
}

bool TcpSocket::try_send(std::string_view bytes, std::chrono::milliseconds limit) {
  if (!tls_) return send_plain(bytes, limit);
  std::string out;
  tls_->encrypt(bytes, out);
  return send_plain(out, limit);
}

bool TcpSocket::send_plain(std::string_view bytes, std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  while (!bytes.empty()) {
    if (!is_ready(descriptor_, POLLOUT, deadline.left())) throw TimedOut("send: the peer does not read");
    ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string TcpSocket::receive(std::chrono::milliseconds limit, std::size_t most) {
  if (!tls_) return receive_plain(limit, most);
  const Deadline deadline(limit);
  std::string plain;
  while (plain.empty()) {
    std::string in = receive_plain(deadline.left(), kReadSize);
    if (in.empty()) return {};
    std::string out;
    tls_->decrypt(in, plain, out);
    send_plain(out);
    if (plain.empty() && tls_->is_finished()) return {};
  }
  return plain;
}

std::string TcpSocket::receive_plain(std::chrono::milliseconds limit, std::size_t most) {
  if (!is_ready(descriptor_, POLLIN, limit)) {
    throw TimedOut("receive: nothing within " + std::to_string(limit.count()) + " ms");
  }
  std::array<char, kReadSize> buffer;
  ssize_t got = ::recv(descriptor_, buffer.data(), std::min(most, buffer.size()), 0);
  return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::string TcpSocket::receive_all(std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  std::string all;
  for (;;) {
    std::string piece = receive(deadline.left());
    if (piece.empty()) return all;
    all += piece;
  }
}

bool TcpSocket::is_closed_within(std::chrono::milliseconds limit) {
  try {
    receive_all(limit);
    return true;
  } catch (const TimedOut&) {
    return false;
  }
}

void TcpSocket::finish() { ::shutdown(descriptor_, SHUT_WR); }

void TcpSocket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void TcpSocket::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

TcpListener::TcpListener(std::uint16_t port) : descriptor_(open_socket()) {
  const int on = 1;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port);
  socklen_t size = sizeof address;
  if (::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
  if (::listen(descriptor_, 128) != 0) fail("listen");
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

bool TcpListener::is_called_within(std::chrono::milliseconds limit) const {
  return is_ready(descriptor_, POLLIN, limit);
}

TcpSocket TcpListener::accept(std::chrono::milliseconds limit) {
  if (!is_called_within(limit)) throw TimedOut("accept: nobody connects");
  int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) fail("accept");
  send_at_once(accepted);
  return TcpSocket(accepted);
}

void TcpListener::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace test
