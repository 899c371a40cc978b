#include "http/client_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace server {

// A client that leaves this many probes unanswered is gone.
constexpr int kProbes = 4;

bool is_reset(short events) { return (events & ~POLLRDHUP) != 0; }

bool has_parted(int descriptor) {
  pollfd watched{descriptor, POLLRDHUP, 0};
  return poll(&watched, 1, 0) > 0 && watched.revents != 0;
}

void probe_client(int descriptor, std::chrono::seconds pause) {
  const int on = 1;
  const int seconds = static_cast<int>(pause.count());
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &kProbes, sizeof kProbes);
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

void abandon_output(int descriptor) {
  const linger reset{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace server
