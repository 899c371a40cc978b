#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "listening_socket.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;
using agent::Errc;
using agent::Error;

constexpr int kBacklog = 128;

[[noreturn]] void fail(const std::string& what, int reason) {
  const Error error = agent::system_error(what, reason);
  throw Error(reason == EADDRINUSE ? Errc::busy : Errc::io, error.what());
}

// An address of any family, as the system's functions take it.
struct RawAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

RawAddress to_raw(const StreamAddress& address) {
  RawAddress out;
  if (address.is_unix()) {
    sockaddr_un file{};
    file.sun_family = AF_UNIX;
    std::memcpy(file.sun_path, address.path.c_str(), address.path.size() + 1);
    std::memcpy(&out.storage, &file, sizeof file);
    out.size = sizeof file;
  } else if (address.is_ipv6) {
    sockaddr_in6 host{};
    host.sin6_family = AF_INET6;
    host.sin6_port = htons(address.port);
    ::inet_pton(AF_INET6, address.host.c_str(), &host.sin6_addr);
    std::memcpy(&out.storage, &host, sizeof host);
    out.size = sizeof host;
  } else {
    sockaddr_in host{};
    host.sin_family = AF_INET;
    host.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &host.sin_addr);
    std::memcpy(&out.storage, &host, sizeof host);
    out.size = sizeof host;
  }
  return out;
}

int type_of(const StreamAddress& address) { return address.is_stream() ? SOCK_STREAM : SOCK_DGRAM; }

void set_flag(int descriptor, int level, int option, int value = 1) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

FileKey key_of(const struct stat& facts) { return {facts.st_dev, facts.st_ino}; }

}  // namespace

ListeningSocket::ListeningSocket(const SocketOptions& options, const agent::AllowedDirectories& roots)
    : address_(options.address) {
  const int family = address_.is_unix() ? AF_UNIX : address_.is_ipv6 ? AF_INET6 : AF_INET;
  descriptor_ = ::socket(family, type_of(address_) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor_ < 0) fail("socket", errno);
  try {
    address_.is_unix() ? bind_file(options, roots) : bind_network();
    open(options);
  } catch (...) {
    close();
    throw;
  }
}

ListeningSocket::~ListeningSocket() { close(); }

void ListeningSocket::open(const SocketOptions& options) {
  if (address_.is_stream()) {
    if (::listen(descriptor_, kBacklog) != 0) fail("listen on " + to_text(address_), errno);
    return;
  }
  set_flag(descriptor_, SOL_SOCKET, SO_RCVBUF, static_cast<int>(options.receive_buffer));
  set_flag(descriptor_, SOL_SOCKET, SO_RXQ_OVFL);
}

void ListeningSocket::bind_network() {
  if (address_.is_stream()) set_flag(descriptor_, SOL_SOCKET, SO_REUSEADDR);
  RawAddress raw = to_raw(address_);
  if (::bind(descriptor_, raw.raw(), raw.size) != 0) fail("listen on " + to_text(address_), errno);
  if (::getsockname(descriptor_, raw.raw(), &raw.size) != 0) fail("getsockname", errno);
  // The port stands in the same place in both.
  sockaddr_in host{};
  std::memcpy(&host, &raw.storage, sizeof host);
  address_.port = ntohs(host.sin_port);
}

void ListeningSocket::bind_file(const SocketOptions& options, const agent::AllowedDirectories& roots) {
  const fs::path asked = address_.path;
  std::error_code error;
  const fs::path parent = fs::canonical(asked.parent_path(), error);
  if (error) fail("listen on " + to_text(address_), error.value());
  const std::string path = (parent / asked.filename()).string();
  roots.check(path, address_.path);
  if (path.size() >= sizeof(sockaddr_un::sun_path)) fail("listen on " + path, ENAMETOOLONG);
  address_.path = path;  // no link on the way is followed any more
  replace_stale();
  // The file is never open to more than it should be: the mode is set before it exists, and again for what
  // the process's mask has taken away.
  ::fchmod(descriptor_, options.permissions);
  RawAddress raw = to_raw(address_);
  if (::bind(descriptor_, raw.raw(), raw.size) != 0) fail("listen on " + to_text(address_), errno);
  struct stat facts {};
  if (::lstat(address_.path.c_str(), &facts) != 0) fail("look at " + address_.path, errno);
  file_ = key_of(facts);
  if (::fchmodat(AT_FDCWD, address_.path.c_str(), options.permissions, AT_SYMLINK_NOFOLLOW) != 0 &&
      errno != EOPNOTSUPP)
    fail("chmod " + address_.path, errno);
}

void ListeningSocket::replace_stale() const {
  struct stat facts {};
  if (::lstat(address_.path.c_str(), &facts) != 0) return;
  if (!S_ISSOCK(facts.st_mode))
    throw Error(Errc::wrong_type,
                "listen on " + to_text(address_) + ": there is something that is no socket");
  const int probe = ::socket(AF_UNIX, type_of(address_) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) fail("socket", errno);
  RawAddress raw = to_raw(address_);
  const bool is_stale = ::connect(probe, raw.raw(), raw.size) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  if (!is_stale) fail("listen on " + to_text(address_), EADDRINUSE);
  if (::unlink(address_.path.c_str()) != 0) fail("remove " + address_.path, errno);
}

bool ListeningSocket::is_in_place() const {
  struct stat facts {};
  if (!address_.is_unix()) return true;
  return ::lstat(address_.path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode) && key_of(facts) == file_;
}

void ListeningSocket::close() {
  if (file_ != FileKey() && is_in_place()) ::unlink(address_.path.c_str());
  ::close(descriptor_);
}

}  // namespace logkit
