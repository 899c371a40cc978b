// OwnSockets: sockets of every kind that this process holds. output_of: what a command says.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/support/temp_dir.hpp"

inline std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char block[4096];
  for (std::size_t size; (size = std::fread(block, 1, sizeof block, pipe)) > 0;) text.append(block, size);
  ::pclose(pipe);
  return text;
}

class OwnSockets {
 public:
  OwnSockets() {
    listener_ = bind_to(SOCK_STREAM, AF_INET);
    ::listen(listener_, 8);
    connect_to(listener_);
    ::close(::accept(listener_, nullptr, nullptr));  // and one that the other side has left: CLOSE_WAIT
    connect_to(listener_);
    fds_.push_back(::accept(listener_, nullptr, nullptr));
    bind_to(SOCK_DGRAM, AF_INET);
    ::listen(bind_to(SOCK_STREAM, AF_INET6), 8);
    bind_to(SOCK_DGRAM, AF_INET6);
    bind_unix(directory_.file("socket"));
    bind_unix(std::string("\0of-a-test-", 11) + std::to_string(::getpid()));
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    fds_.insert(fds_.end(), pair, pair + 2);
  }
  ~OwnSockets() {
    for (const int fd : fds_) ::close(fd);
  }
  OwnSockets(const OwnSockets&) = delete;
  OwnSockets& operator=(const OwnSockets&) = delete;

  std::string path() const { return directory_.file("socket"); }
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

 private:
  int bind_to(int type, int family) {
    fds_.push_back(::socket(family, type | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6) {
      address.sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    const socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    REQUIRE(::bind(fds_.back(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    return fds_.back();
  }
  void connect_to(int listener) {
    fds_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(::connect(fds_.back(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }
  void bind_unix(const std::string& path) {
    fds_.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    REQUIRE(::bind(fds_.back(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }

  test::TempDir directory_;
  std::vector<int> fds_;
  int listener_ = -1;
};
