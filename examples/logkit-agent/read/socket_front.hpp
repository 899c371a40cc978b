// SocketFront: reads what others send to an address: over connections (tcp, unix), or as datagrams (udp,
// unixgram).
//
// While the spool has no room, connections are not read, so that their senders wait; datagrams are read and
// counted as lost. An address that cannot be listened on is tried again.
#pragma once

#include <agent/files.hpp>
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "line_spool.hpp"
#include "listening_socket.hpp"
#include "stream_front.hpp"
#include "wake_pipe.hpp"

namespace logkit {

class SocketFront final : public StreamFront {
 public:
  // Throws Errc::io.
  SocketFront(const StreamSource& source, LineSpool& spool, agent::AllowedDirectories roots);
  ~SocketFront() override;

  void run() override;
  void stop() override;
  void wake() override { pipe_.wake(); }
  FrontStatus status() const override;

 private:
  struct Connection;
  using Connections = std::list<Connection>;
  enum class Reading { more, nothing, ended };

  void open(SteadyTime now);
  void keep_open(SteadyTime now);
  void step();
  std::chrono::nanoseconds time_to_wait(SteadyTime now, bool has_room) const;
  void wait(bool has_room, std::chrono::nanoseconds limit);
  bool listens_for_more() const;
  bool has_descriptors() const;
  void accept_all(SteadyTime now);
  void add_connection(int descriptor, std::string source, SteadyTime now);
  Reading read_once(Connection& connection, SteadyTime now);
  void read_ready(SteadyTime now);
  void look_at_time(SteadyTime now);
  void finish(Connection& connection);
  bool receive_some();
  bool receive_one(bool has_room);
  void count_kernel_drops(std::uint32_t drops);
  void read_last();
  void count_unread();
  void tell(std::string problem);

  StreamSource source_;
  LineSpool& spool_;
  agent::AllowedDirectories roots_;
  WakePipe pipe_;
  std::unique_ptr<ListeningSocket> listener_;
  Connections connections_;
  std::vector<char> buffer_;
  bool is_called_ = false;  // somebody connects, or has sent a datagram
  bool is_held_ = false;
  SteadyTime next_open_{};
  SteadyTime next_accept_{};
  SteadyTime next_look_{};
  std::chrono::nanoseconds open_delay_;
  std::uint32_t kernel_drops_ = 0;
  std::string listen_problem_;
  std::atomic<bool> is_stopping_{false};

  mutable std::mutex mutex_;  // guards what follows
  FrontStatus status_;
};

}  // namespace logkit
