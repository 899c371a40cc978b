#include <sys/socket.h>

#include <cerrno>

#include "agent/error.hpp"
#include "net/stream_pair.hpp"

namespace agent::net {
namespace {

// A stream asks nothing of its socket that only one of the network could do.
std::unique_ptr<Stream> make_stream(Loop& loop, int descriptor) {
  asio::ip::tcp::socket socket(loop.io());
  socket.assign(asio::ip::tcp::v4(), descriptor);
  return std::make_unique<Stream>(loop, std::move(socket));
}

}  // namespace

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_stream_pair(Loop& loop) {
  int descriptors[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, descriptors) != 0) {
    throw system_error("socketpair", errno);
  }
  std::unique_ptr<Stream> first = make_stream(loop, descriptors[0]);
  return {std::move(first), make_stream(loop, descriptors[1])};
}

}  // namespace agent::net
