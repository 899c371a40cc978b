// Session: one connected agent, from its handshake to its loss.
//
// It belongs to the loop that accepted it. Facts, report and counters may be read, and messages sent,
// from any thread; who holds the shared_ptr after the loss holds a record that sends nowhere.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/message.hpp"
#include "agent/wire/control.hpp"
#include "hub/keep_alive.hpp"
#include "net/websocket.hpp"

namespace server {

class LoopSessions;
struct CallSlot;

// What an agent said about itself last (message type 7).
struct Report {
  agent::wire::AgentInfo info;
  std::chrono::system_clock::time_point received_at;
};

// Messages and bytes as JSON, since the handshake.
struct Traffic {
  std::uint64_t in_packets = 0;
  std::uint64_t in_bytes = 0;
  std::uint64_t out_packets = 0;
  std::uint64_t out_bytes = 0;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `come.id` is the effective id. The socket stays with the coroutine that reads it (serve_agent), which
  // calls end() before it destroys it.
  Session(LoopSessions& home, agent::net::WebSocket& socket, agent::wire::Come come);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // ---- any thread

  const std::string& id() const { return come_.id; }
  const std::string& type() const { return come_.name; }  // "exec-agent"
  const agent::wire::Come& come() const { return come_; }
  std::chrono::system_clock::time_point connected_at() const { return connected_at_; }

  // nullptr before the first report.
  std::shared_ptr<const Report> report() const;
  Traffic traffic() const;

  // Sends a message that expects no reply. Without effect once the agent is gone; when kSendLimit bytes
  // wait already, the message is dropped and counted.
  template <agent::Message T>
  void send(const T& message) {
    send(agent::encode_message(message));
  }
  void send(std::string json);

  // Ends the calls in flight with disconnected and `reason`, then closes the connection.
  void close(std::uint16_t code, std::string reason);

  // Where the session lives: its loop, mailbox and counters.
  LoopSessions& home() const { return home_; }

  // ---- the session's loop only

  bool is_open() const { return socket_ != nullptr; }
  // Routes one received message: a reply to its call, anything else to the report handlers. Returns
  // false after kBadMessageLimit unreadable messages in a row: the connection is to be closed.
  bool receive(std::string text);
  // Ends all calls; the socket is not touched again.
  void end(const agent::Error& reason);

  // A call's first message: from now on replies with the slot's tid go there.
  void open_call(std::shared_ptr<CallSlot> slot, std::string json);
  void send_for(CallSlot& slot, std::string json);
  void close_call(std::string_view tid);
  std::size_t call_count() const { return calls_.size(); }

  // Pings or closes an agent that has been silent (hub/keep_alive.hpp).
  void keep_alive(agent::net::Clock::time_point now, const KeepAliveTimes& times);
  // Asks the peer for a sign of life; true once there was one, false when the connection ended or
  // `limit` passed without.
  agent::Task<bool> answers(std::chrono::milliseconds limit);

 private:
  friend class LoopSessions;

  void route(agent::Envelope envelope, std::size_t bytes);
  void deliver(agent::Envelope envelope, std::size_t bytes);
  void handle_report(const agent::Envelope& envelope);
  bool write(std::string_view json);
  void end_calls(const agent::Error& reason);

  LoopSessions& home_;
  agent::net::WebSocket* socket_;  // nullptr after the loss
  const agent::wire::Come come_;
  const std::chrono::system_clock::time_point connected_at_ = std::chrono::system_clock::now();
  agent::net::Clock::time_point pinged_at_{};
  std::uint32_t bad_in_a_row_ = 0;
  std::uint32_t position_ = 0;  // in home's list
  // Keyed by the tid inside the slot.
  std::unordered_map<std::string_view, std::shared_ptr<CallSlot>> calls_;

  // Written by the loop, read by anyone.
  std::atomic<std::uint64_t> in_packets_{0};
  std::atomic<std::uint64_t> in_bytes_{0};
  std::atomic<std::uint64_t> out_packets_{0};
  std::atomic<std::uint64_t> out_bytes_{0};

  mutable std::mutex report_mutex_;  // held for the swap of a pointer, once per report
  std::shared_ptr<const Report> report_;
};

}  // namespace server
