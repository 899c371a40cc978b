#include "http/client_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace server {

// A client that leaves this many probes unanswered is gone: with a pause of 15 s after 55 s.
constexpr int kProbes = 4;
// The pause between two probes, and the time without a word, as parts of the pause before the first probe.
constexpr double kProbePause = 2.0 / 3;
constexpr double kSilence = 10.0 / 3;
// Bytes that were sent so often, or asked for room for, are not just on their way.
constexpr int kTries = 2;

bool is_reset(short events) { return (events & ~POLLRDHUP) != 0; }

bool has_parted(int descriptor) {
  pollfd watched{descriptor, POLLRDHUP, 0};
  return poll(&watched, 1, 0) > 0 && watched.revents != 0;
}

void probe_client(int descriptor, std::chrono::seconds pause) {
  const int on = 1;
  const int seconds = static_cast<int>(pause.count());
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  const int between = std::max(1, static_cast<int>(kProbePause * seconds));
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &kProbes, sizeof kProbes);
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

bool is_silent(int descriptor, std::chrono::seconds pause) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  const bool is_repeating = info.tcpi_retransmits >= kTries || info.tcpi_probes >= kTries;
  return is_repeating && info.tcpi_last_ack_recv >= kSilence * 1000 * static_cast<double>(pause.count());
}

void abandon_output(int descriptor) {
  const linger reset{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace server
