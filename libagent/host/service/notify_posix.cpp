#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/log_redaction.hpp"
#include "base/utf8.hpp"
#include "host/service/notify.hpp"

namespace agent::host {
namespace {

std::string take(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<long long> number(const std::string& text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "" for what is no address: neither a path nor an abstract name, or too long.
std::string address_of(const std::string& socket) {
  const bool is_good = socket.size() > 1 && socket.size() < sizeof(sockaddr_un::sun_path) &&
                       (socket.front() == '/' || socket.front() == '@');
  if (!is_good) return {};
  std::string address = socket;
  if (address.front() == '@') address.front() = '\0';
  return address;
}

// One that waits for room, as long as it may, when it is told to.
FileHandle make_socket() {
  FileHandle socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "the service manager's socket");
  const timeval patience{.tv_sec = kNotifyPatience.count(), .tv_usec = 0};
  if (socket.is_open())
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return socket;
}

// 0 or errno.
int send(int socket, const std::string& address, const std::string& message, int flags) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address.data(), address.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  const ssize_t sent = ::sendto(socket, message.data(), message.size(), flags | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&to), size);
  return sent < 0 ? errno : 0;
}

// systemd drops a status that is not UTF-8.
std::string status_text(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = utf8_sequence_size(text.substr(at));
    const std::string_view piece = size > 0 ? text.substr(at, size) : kReplacementCharacter;
    if (shown.size() + piece.size() > kMaxNotifyStatus) break;
    shown += piece;
    at += std::max<std::size_t>(size, 1);
  }
  return escape_controls(shown);
}

// -1 for what is no pipe: the variable may have come from anywhere.
int pipe_of(const std::optional<long long>& number) {
  struct stat status {};
  if (!number || *number < 0 || *number > INT_MAX) return -1;
  const int descriptor = static_cast<int>(*number);
  if (::fstat(descriptor, &status) != 0 || !S_ISFIFO(status.st_mode)) return -1;
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return descriptor;
}

}  // namespace

NotifyVariables take_notify_variables() {
  NotifyVariables variables;
  variables.ready = pipe_of(number(take("AGENT_READY_FD")));
  variables.socket = take("NOTIFY_SOCKET");
  const std::optional<long long> period = number(take("WATCHDOG_USEC"));
  const std::string pid = take("WATCHDOG_PID");
  const bool is_ours = pid.empty() || number(pid) == static_cast<long long>(::getpid());
  if (is_ours && period && *period > 0) variables.watchdog = std::chrono::microseconds(*period);
  return variables;
}

ServiceNotify::ServiceNotify(const NotifyVariables& variables)
    : address_(address_of(variables.socket)), ready_(variables.ready, "the supervisor's pipe") {
  if (variables.socket.empty()) return;
  if (!address_.empty()) socket_ = make_socket();
  if (is_heard()) {
    watchdog_ = variables.watchdog;
  } else {
    log::warn("NOTIFY_SOCKET = {}: the service manager is told nothing: {}", variables.socket,
              address_.empty() ? "neither a path nor @name" : std::strerror(errno));
  }
}

void ServiceNotify::ready() {
  {
    const std::lock_guard lock(mutex_);
    owes_ready_ = true;
    if (ready_.is_open()) ready_.write_some("\n");
    ready_.close();
  }
  tell("", true);
}

void ServiceNotify::stopping() { tell("STOPPING=1\n", true); }

void ServiceNotify::more_time(std::chrono::microseconds time) {
  tell(fmt::format("EXTEND_TIMEOUT_USEC={}\n", time.count()), true);
}

void ServiceNotify::status(std::string_view text) {
  {
    const std::lock_guard lock(mutex_);
    owed_status_ = status_text(text);
  }
  tell("", false);
}

void ServiceNotify::alive() { tell("WATCHDOG=1\n", false); }

// What the manager has no room for goes along with what is told next.
void ServiceNotify::tell(std::string_view news, bool must_arrive) {
  const std::lock_guard lock(mutex_);
  if (!is_heard()) return;
  std::string message;
  if (owes_ready_) message += "READY=1\n";
  if (!owed_status_.empty()) message += "STATUS=" + owed_status_ + "\n";
  message += news;
  const int error = send(socket_.descriptor(), address_, message, must_arrive ? 0 : MSG_DONTWAIT);
  if (error == 0) {
    owes_ready_ = false;
    owed_status_.clear();
    complained_ = false;
  } else if (!std::exchange(complained_, true)) {
    log::warn("{}", system_error("tell the service manager", error).what());
  }
}

}  // namespace agent::host
