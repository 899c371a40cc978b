// ServiceNotify: tells the service manager how this program is, by the protocol of sd_notify(3): datagrams of
// lines "KEY=value" to the socket that $NOTIFY_SOCKET names. Without such a manager all of it does nothing.
//
// Any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace agent::host {

// A message that the manager must have (READY, STOPPING) waits at most this long for room in its socket.
inline constexpr std::chrono::seconds kNotifyPatience{1};
// Bytes of a status that are sent.
inline constexpr std::size_t kMaxNotifyStatus = 500;

// What a service manager has put into the environment of the one process that it has started.
struct NotifyVariables {
  std::string socket;  // "/run/systemd/notify"; "@name": in the abstract namespace; "": nobody asks
  // A program that does not say that it is alive for so long is taken for hung, and ended. nullopt: nobody
  // watches this process.
  std::optional<std::chrono::microseconds> watchdog = std::nullopt;
  // The pipe of our own supervisor (supervised_child.hpp), which waits for READY and nothing else; -1: none.
  int ready = -1;
};

// Takes NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and AGENT_READY_FD out of the environment, so that what
// this process starts does not speak for it. A watchdog of another pid is not ours (sd_watchdog_enabled(3)).
// Before there are other threads.
NotifyVariables take_notify_variables();

class ServiceNotify {
 public:
  // Opens the socket. A name that cannot be one, or a socket that cannot be made, is a warning in the log,
  // and nobody is told anything.
  explicit ServiceNotify(const NotifyVariables& variables);
  ServiceNotify(const ServiceNotify&) = delete;
  ServiceNotify& operator=(const ServiceNotify&) = delete;

  bool is_heard() const { return socket_.is_open(); }
  // How often alive() is wanted at least; nullopt: nobody watches.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  // READY=1, and a byte to the supervisor; STOPPING=1.
  void ready();
  void stopping();
  // EXTEND_TIMEOUT_USEC=…: the stop that is under way takes at least so much longer. systemd 236 and newer.
  void more_time(std::chrono::microseconds time);
  // STATUS=…, the line that `systemctl status` shows. Line breaks and other control characters are escaped.
  void status(std::string_view text);
  // WATCHDOG=1.
  void alive();

 private:
  void tell(std::string_view news, bool must_arrive);

  std::optional<std::chrono::microseconds> watchdog_;
  std::string address_;  // the bytes of sockaddr_un::sun_path
  std::mutex mutex_;     // guards what follows
  FileHandle socket_;
  FileHandle ready_;
  bool owes_ready_ = false;  // not taken yet: goes along with the next message
  std::string owed_status_;
  bool complained_ = false;
};

}  // namespace agent::host
