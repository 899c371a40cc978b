#include "tests/bench/held_sockets.hpp"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace bench {
namespace {

constexpr std::size_t kGroup = 10;

// -1 when it fails.
int make_bound(int type, sockaddr_in& address) {
  const int socket = ::socket(AF_INET, type, 0);
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool done = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return done ? socket : -1;
}

bool make_connection() {
  sockaddr_in address;
  const int listener = make_bound(SOCK_STREAM, address);
  if (listener < 0 || ::listen(listener, 1) != 0) return false;
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
  // Both end by a reset, and leave nothing in TIME_WAIT for the next run.
  constexpr linger kReset{1, 0};
  const int accepted = ::accept(listener, nullptr, nullptr);
  ::setsockopt(client, SOL_SOCKET, SO_LINGER, &kReset, sizeof kReset);
  ::setsockopt(accepted, SOL_SOCKET, SO_LINGER, &kReset, sizeof kReset);
  return accepted >= 0;
}

bool make_group() {
  int pair[2];
  sockaddr_in address;
  return ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
         ::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0 && ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 &&
         make_bound(SOCK_DGRAM, address) >= 0 && make_bound(SOCK_DGRAM, address) >= 0 && make_connection();
}

// Tells by one byte when it is ready, and stays until it is killed.
[[noreturn]] void hold(std::size_t sockets, int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool done = true;
  for (std::size_t held = 0; done && held < sockets; held += kGroup) done = make_group();
  const char told = done ? '+' : '-';
  if (::write(ready, &told, 1) != 1) ::_exit(1);
  ::close(ready);
  for (;;) ::pause();
}

}  // namespace

HeldSockets::HeldSockets(std::size_t processes, std::size_t sockets) {
  int ready[2];
  if (::pipe(ready) != 0) throw std::runtime_error("no pipe");
  for (std::size_t i = 0; i < processes; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ready[0]);
      hold(sockets / processes, ready[1]);
    }
    if (child > 0) children_.push_back(child);
  }
  ::close(ready[1]);
  std::size_t done = 0;
  for (char told = 0; done < processes && ::read(ready[0], &told, 1) == 1 && told == '+';) ++done;
  ::close(ready[0]);
  if (done < processes) throw std::runtime_error("a process has not got its sockets");
}

HeldSockets::~HeldSockets() {
  for (const pid_t child : children_) ::kill(child, SIGKILL);
  for (const pid_t child : children_) ::waitpid(child, nullptr, 0);
}

}  // namespace bench
