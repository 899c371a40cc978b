#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "socket_front.hpp"
#include "unread_bytes.hpp"

namespace logkit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Read of one connection at a time; the largest datagram.
constexpr std::size_t kReadSize = 256 * 1024;
// Datagrams that are taken before anything else is looked at.
constexpr int kDatagramsAtOnce = 256;
// An address that cannot be listened on is tried again after these delays.
constexpr std::chrono::nanoseconds kFirstDelay = 1s;
constexpr std::chrono::nanoseconds kMostDelay = 30s;
// How often it is looked at whether the file of a unix socket is still there.
constexpr std::chrono::nanoseconds kLook = 2s;
// A full disk may have space again, and descriptors may be free.
constexpr std::chrono::nanoseconds kTryAgain = 1s;
// Descriptors that connections leave to others.
constexpr rlim_t kSpareDescriptors = 64;
// What has been received when the runner ends is read within this time.
constexpr auto kLastReads = 1s;
// And of what nobody has read then so many connections or datagrams are counted.
constexpr int kMostCounted = 100'000;

std::string text_of(const sockaddr_storage& from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (from.ss_family == AF_INET) {
    sockaddr_in host{};
    std::memcpy(&host, &from, sizeof host);
    ::inet_ntop(AF_INET, &host.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(host.sin_port));
  }
  sockaddr_in6 host{};
  std::memcpy(&host, &from, sizeof host);
  ::inet_ntop(AF_INET6, &host.sin6_addr, text.data(), text.size());
  return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(host.sin6_port));
}

void keep_alive(int descriptor, std::chrono::nanoseconds period) {
  const auto set = [descriptor](int level, int option, int value) {
    ::setsockopt(descriptor, level, option, &value, sizeof value);
  };
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(period).count();
  if (seconds <= 0) return;
  const int value = static_cast<int>(std::clamp<std::int64_t>(seconds, 1, 32'767));
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, value);
  set(IPPROTO_TCP, TCP_KEEPINTVL, value);
}

}  // namespace

struct SocketFront::Connection {
  Connection(int the_descriptor, std::string the_source, const StreamSource& options, SteadyTime now)
      : descriptor(the_descriptor),
        source(std::move(the_source)),
        splitter(make_frame_splitter(options.framing, options.tail.lines)),
        last(now) {}
  ~Connection() { ::close(descriptor); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor;
  std::string source;
  std::unique_ptr<FrameSplitter> splitter;
  SteadyTime last;  // when something came, or could not have been read
  bool is_ready = false;
};

SocketFront::SocketFront(const StreamSource& source, LineSpool& spool, agent::AllowedDirectories roots)
    : source_(source), spool_(spool), roots_(std::move(roots)), buffer_(kReadSize), open_delay_(kFirstDelay) {
  status_.name = source.name;
  spool_.set_on_room([this] { wake(); });
}

SocketFront::~SocketFront() = default;

void SocketFront::stop() {
  is_stopping_ = true;
  wake();
}

FrontStatus SocketFront::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void SocketFront::tell(std::string problem) {
  const std::lock_guard lock(mutex_);
  status_.problem = std::move(problem);
  status_.connections = connections_.size();
  if (listener_) status_.name = to_text(listener_->address());
}

void SocketFront::run() {
  while (!is_stopping_) step();
  read_last();
}

void SocketFront::open(SteadyTime now) {
  try {
    listener_ = std::make_unique<ListeningSocket>(source_.socket, roots_);
    open_delay_ = kFirstDelay;
    listen_problem_.clear();
    kernel_drops_ = 0;
  } catch (const agent::Error& error) {
    listen_problem_ = error.what();
    next_open_ = now + open_delay_;
    open_delay_ = std::min(2 * open_delay_, kMostDelay);
  }
}

// Somebody may have removed the file of a unix socket. Its connections stay.
void SocketFront::keep_open(SteadyTime now) {
  if (listener_ && now >= next_look_) {
    next_look_ = now + kLook;
    if (!listener_->is_in_place()) listener_.reset();
  }
  if (!listener_ && now >= next_open_) open(now);
}

void SocketFront::step() {
  keep_open(Clock::now());
  const bool is_kept = spool_.flush();
  tell(listen_problem_.empty() ? spool_.problem() : listen_problem_);
  const bool has_room = is_kept && spool_.has_room();
  SteadyTime now = Clock::now();
  // Silence counts only while something could be read.
  if (is_held_ || !has_room)
    for (Connection& connection : connections_) connection.last = now;
  is_held_ = !has_room;
  wait(has_room, is_kept ? time_to_wait(now, has_room) : kTryAgain);
  now = Clock::now();
  if (is_called_) source_.socket.address.is_stream() ? accept_all(now) : void(receive_some());
  read_ready(now);
  if (has_room) look_at_time(now);
}

std::chrono::nanoseconds SocketFront::time_to_wait(SteadyTime now, bool has_room) const {
  SteadyTime until = now + 60s;
  if (!listener_) until = std::min(until, next_open_);
  if (listener_ && source_.socket.address.is_unix()) until = std::min(until, next_look_);
  if (next_accept_ > now) until = std::min(until, next_accept_);
  const bool ends_records = source_.tail.lines.is_head != nullptr;
  for (const Connection& connection : connections_) {
    if (!has_room) break;
    if (source_.socket.read_timeout.count() > 0)
      until = std::min(until, connection.last + source_.socket.read_timeout);
    if (ends_records && connection.splitter->has_rest())
      until = std::min(until, connection.last + source_.tail.line_timeout);
  }
  return std::max<std::chrono::nanoseconds>(until - now, 0s);
}

// Connections beyond the limit wait in the system's queue.
bool SocketFront::listens_for_more() const {
  if (!listener_) return false;
  if (!source_.socket.address.is_stream()) return true;
  return connections_.size() < source_.socket.max_connections && Clock::now() >= next_accept_;
}

void SocketFront::wait(bool has_room, std::chrono::nanoseconds limit) {
  std::vector<pollfd> polled{{pipe_.descriptor(), POLLIN, 0}};
  const bool has_listener = listens_for_more();
  if (has_listener) polled.push_back({listener_->descriptor(), POLLIN, 0});
  if (has_room)
    for (const Connection& connection : connections_) polled.push_back({connection.descriptor, POLLIN, 0});
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit);
  ::poll(polled.data(), polled.size(), static_cast<int>(ms.count()));
  pipe_.clear();
  is_called_ = has_listener && polled[1].revents != 0;
  std::size_t next = has_listener ? 2 : 1;
  for (Connection& connection : connections_) connection.is_ready = has_room && polled[next++].revents != 0;
}

// Connections must not take the descriptors that the rest of the program needs.
bool SocketFront::has_descriptors() const {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  const rlim_t spare = std::min(kSpareDescriptors, limit.rlim_cur / 4);
  const int next = ::fcntl(listener_->descriptor(), F_DUPFD_CLOEXEC, 0);
  if (next >= 0) ::close(next);
  return next >= 0 && static_cast<rlim_t>(next) + spare < limit.rlim_cur;
}

void SocketFront::accept_all(SteadyTime now) {
  while (connections_.size() < source_.socket.max_connections) {
    if (!has_descriptors()) {
      listen_problem_ = "further connections wait: there are too few descriptors";
      next_accept_ = now + kTryAgain;
      return;
    }
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int descriptor = ::accept4(listener_->descriptor(), reinterpret_cast<sockaddr*>(&from), &size,
                                     SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor >= 0) {
      const bool is_unix = source_.socket.address.is_unix();
      if (!is_unix) keep_alive(descriptor, source_.socket.keep_alive);
      add_connection(descriptor, is_unix ? source_.socket.address.path : text_of(from), now);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      listen_problem_ = agent::system_error("accept", errno).what();
      next_accept_ = now + kTryAgain;
      return;
    }
    if (next_accept_ != SteadyTime()) listen_problem_.clear();
    next_accept_ = {};
    return;
  }
}

void SocketFront::add_connection(int descriptor, std::string source, SteadyTime now) {
  connections_.emplace_back(descriptor, std::move(source), source_, now);
}

void SocketFront::read_ready(SteadyTime now) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    Connection& connection = *at++;
    if (!connection.is_ready || !spool_.has_room()) continue;
    const bool has_ended = read_once(connection, now) == Reading::ended;
    if (has_ended) connections_.erase(std::prev(at));
    if (!spool_.flush()) return;
  }
}

SocketFront::Reading SocketFront::read_once(Connection& connection, SteadyTime now) {
  const auto count = ::recv(connection.descriptor, buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return Reading::nothing;
  if (count <= 0) {
    finish(connection);
    return Reading::ended;
  }
  connection.last = now;
  connection.splitter->feed({buffer_.data(), static_cast<std::size_t>(count)},
                            [&](const Frame& frame) { spool_.add(connection.source, frame); });
  return Reading::more;
}

void SocketFront::finish(Connection& connection) {
  connection.splitter->finish([&](const Frame& frame) { spool_.add(connection.source, frame); });
}

// Connections that were silent for too long, and records that nothing follows.
void SocketFront::look_at_time(SteadyTime now) {
  const std::chrono::nanoseconds limit = source_.socket.read_timeout;
  for (auto at = connections_.begin(); at != connections_.end();) {
    const std::chrono::nanoseconds silent = now - at->last;
    const bool is_over = limit.count() > 0 && silent >= limit;
    const bool ends_record = source_.tail.lines.is_head && silent >= source_.tail.line_timeout;
    if (is_over || ends_record) finish(*at);
    at = is_over ? connections_.erase(at) : std::next(at);
  }
}

// False: there are no more.
bool SocketFront::receive_some() {
  for (int i = 0; i < kDatagramsAtOnce; ++i)
    if (!receive_one(spool_.has_room())) return false;
  return true;
}

// False: there is none.
bool SocketFront::receive_one(bool has_room) {
  sockaddr_storage from{};
  iovec part{buffer_.data(), buffer_.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> control{};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto count = ::recvmsg(listener_->descriptor(), &message, MSG_TRUNC);
  if (count < 0) return errno == EINTR;
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SO_RXQ_OVFL) {
    std::uint32_t drops = 0;
    std::memcpy(&drops, CMSG_DATA(head), sizeof drops);
    count_kernel_drops(drops);
  }
  const auto size = static_cast<std::size_t>(count);
  if (!has_room) {
    spool_.count_lost(1, size);
    return true;
  }
  const std::string source = source_.socket.address.is_unix() ? source_.socket.address.path : text_of(from);
  const std::size_t kept = std::min(size, buffer_.size());
  split_datagram({buffer_.data(), kept}, source_.framing, source_.tail.lines, [&](Frame frame) {
    frame.cut += size - kept;
    spool_.add(source, frame);
  });
  return true;
}

// The system counts the datagrams for which it had no memory, since the socket was made.
void SocketFront::count_kernel_drops(std::uint32_t drops) {
  spool_.count_lost(drops - kernel_drops_, 0);
  kernel_drops_ = drops;
}

// The senders of what has been received believe that it has arrived.
void SocketFront::read_last() {
  const SteadyTime end = Clock::now() + kLastReads;
  const bool is_stream = source_.socket.address.is_stream();
  if (listener_ && is_stream) accept_all(Clock::now());
  while (listener_ && !is_stream && receive_some() && Clock::now() < end) {
  }
  for (Connection& connection : connections_) {
    while (spool_.flush() && spool_.has_room() && Clock::now() < end &&
           read_once(connection, Clock::now()) == Reading::more) {
    }
    spool_.count_lost(0, unread_bytes(connection.descriptor));
    finish(connection);
  }
  if (listener_) count_unread();
  spool_.flush();
  spool_.give_up();
  connections_.clear();
  listener_.reset();
  tell({});
}

// Connections that wait for their turn, and datagrams.
void SocketFront::count_unread() {
  const bool is_stream = source_.socket.address.is_stream();
  for (int i = 0; i < kMostCounted; ++i) {
    if (!is_stream && !receive_one(false)) return;
    if (!is_stream) continue;
    const int waiting = ::accept4(listener_->descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (waiting < 0) return;
    spool_.count_lost(0, unread_bytes(waiting));
    ::close(waiting);
  }
}

}  // namespace logkit
