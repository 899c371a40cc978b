// Session: one connected agent, from its handshake to its loss.
//
// It belongs to the shard of its agent. Facts, report and counters may be read, and messages sent,
// from any thread; who holds the shared_ptr after the loss holds a record that sends nowhere.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/error.hpp"
#include "agent/message.hpp"
#include "agent/task.hpp"
#include "agent/wire/control.hpp"
#include "base/event.hpp"
#include "grant.hpp"
#include "hub/agent_series.hpp"
#include "net/bulk.hpp"
#include "net/loop.hpp"
#include "net/websocket.hpp"

namespace server {

class Shard;
class Receiver;
struct CallEnd;

// Bytes that may wait for an agent that does not read; beyond, messages to it are dropped.
inline constexpr std::size_t kSendLimit = 8 * 1024 * 1024;
// Calls in flight on one session; beyond, new ones are refused with too_many and these words.
inline constexpr std::size_t kCallLimit = 4096;
inline constexpr std::string_view kTooManyCalls = "too many calls of this agent are in progress";
// Messages in a row that are not JSON: an accident no longer.
inline constexpr std::uint32_t kBadMessageLimit = 100;

// What an agent said about itself last (message type 7).
struct Report {
  agent::wire::AgentInfo info;  // but for its series
  std::shared_ptr<const AgentSeries> series;
  std::chrono::system_clock::time_point received_at;
};

// Messages and bytes as JSON, since the handshake.
struct Traffic {
  std::uint64_t in_packets = 0;
  std::uint64_t in_bytes = 0;
  std::uint64_t out_packets = 0;
  std::uint64_t out_bytes = 0;
};

// SessionPart: what a service keeps beside a session, on its loop, from Hub::on_session's beginning to its
// end.
class SessionPart {
 public:
  virtual ~SessionPart() = default;
};

struct KeepAliveTimes {
  std::chrono::milliseconds ping{
      10'000};  // silence after which the server asks; originals ping by themselves
  std::chrono::milliseconds close{25'000};  // silence after which the peer counts as dead: 2.5 pings
  std::chrono::milliseconds pause{60'000};  // how long a receiver without room may hold up its session
};

// What to do about an agent that is silent.
enum class KeepAlive { wait, ping, close };

// `pinged`: when the server pinged last.
inline KeepAlive keep_alive(agent::net::Clock::time_point now, agent::net::Clock::time_point heard,
                            agent::net::Clock::time_point pinged, const KeepAliveTimes& times) {
  if (now - heard >= times.close) return KeepAlive::close;
  if (now - heard >= times.ping && now - pinged >= times.ping) return KeepAlive::ping;
  return KeepAlive::wait;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `come.id` is the effective id; `grant` is of the token that the agent showed. The socket stays with the
  // coroutine that reads it (serve_agent), which calls end() before it destroys it.
  Session(Shard& home, agent::net::WebSocket& socket, agent::wire::Come come, Grant grant = {});
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // ---- any thread

  const std::string& id() const { return come_.id; }
  const std::string& type() const { return come_.name; }  // "exec-agent"
  const agent::wire::Come& come() const { return come_; }
  // What is in force beyond the originals' protocol (docs/wire.md, "Capabilities").
  const std::vector<std::string>& capabilities() const { return capabilities_; }
  bool has(std::string_view capability) const;
  std::chrono::system_clock::time_point connected_at() const { return connected_at_; }
  const std::string& address() const { return address_; }  // "192.0.2.1", as the socket has it
  const Grant& grant() const { return grant_; }

  // nullptr before the first report.
  std::shared_ptr<const Report> report() const;
  Traffic traffic() const;

  // Sends a message that expects no reply. Without effect once the agent is gone; dropped and counted
  // when kSendLimit bytes wait already.
  template <agent::Message T>
  void send(const T& message) {
    send(agent::encode_message(message));
  }
  void send(std::string json, agent::net::Flush when = agent::net::Flush::now);

  // A receiver that pauses() has room again: reading goes on.
  void resume();

  // Ends the calls in flight with disconnected and `reason`, then closes the connection.
  void close(std::uint16_t code, std::string reason);

  // Where the session lives: its loop, mailbox and counters.
  Shard& home() const { return home_; }

  // ---- the session's loop only

  // False once it is closing or lost.
  bool is_open() const { return socket_ != nullptr && !closing_; }

  // Joins its loop's sessions; end() leaves them. The hub's session handlers hear of both.
  void begin();
  // Ends all calls with disconnected; the socket is not touched again.
  void end(std::string_view reason);

  // The one part that a service has set; nullptr: none. To be given back (nullptr) when the session ends.
  SessionPart* part() const { return part_.get(); }
  void set_part(std::unique_ptr<SessionPart> part) { part_ = std::move(part); }

  // Contents beside the messages. nullptr without the capability `stream`, and once the session closes.
  std::shared_ptr<agent::net::BulkStreams> streams();

  // Routes one received message: a reply to its call, anything else to the report handlers.
  void receive(std::string text);

  // The first message of a call: from now on messages with the receiver's tid go there. Ends the receiver
  // at once when the session is lost, has kCallLimit of them, or knows another one of this tid. True: the
  // message is on its way.
  bool open(std::shared_ptr<Receiver> receiver, std::string_view json);
  // The same without a message: the agent works on the call already.
  void join(std::shared_ptr<Receiver> receiver);
  // A further message of the call.
  bool send_for(Receiver& receiver, std::string_view json);
  // The receiver wants no more; it is not told.
  void leave(std::string_view tid);
  // Tells an agent that can be told (capability `cancel`) that nobody waits for the call any more.
  void cancel(std::string_view tid);

  // ---- reading, which a receiver may hold up

  // A message waits for its receiver to have room.
  bool is_paused() const { return waiting_ != nullptr; }
  // Waits until it has, or the session closes.
  agent::Task<> resumed();

  // Pings an agent that is silent, closes one that has been for too long.
  void keep_alive(agent::net::Clock::time_point now, const KeepAliveTimes& times);
  void ping();
  bool heard_since(agent::net::Clock::time_point time) const;

 private:
  friend class Shard;

  using Receivers = std::unordered_map<std::string_view, std::shared_ptr<Receiver>>;
  // What the reader waits with.
  struct Waiting {
    agent::Envelope envelope;
    std::size_t bytes;
    agent::net::Clock::time_point since;
  };

  void deliver(agent::Envelope envelope, std::size_t bytes);
  void overflow(Receivers::iterator receiver);
  bool enter(std::shared_ptr<Receiver> receiver);
  void deliver_waiting();
  void keep_paused(agent::net::Clock::time_point now, const KeepAliveTimes& times);
  void receive_bulk(const std::string& frame);
  void handle_report(const agent::Envelope& envelope);
  void keep_report(agent::wire::AgentInfo info);
  void count_bad(const agent::Error& error);
  void write(std::string_view json, agent::net::Flush when = agent::net::Flush::now);
  bool is_congested(std::size_t more) const;
  void end_calls(std::string_view reason);
  CallEnd gone(std::string_view reason) const;

  Shard& home_;
  agent::net::WebSocket* socket_;  // nullptr after the loss
  const agent::wire::Come come_;
  const std::vector<std::string> capabilities_;
  const std::string address_;
  const Grant grant_;
  const std::chrono::system_clock::time_point connected_at_ = std::chrono::system_clock::now();
  agent::net::Clock::time_point pinged_at_{};
  agent::net::Clock::time_point resumed_at_{};
  std::uint32_t bad_messages_ = 0;
  std::uint32_t bad_in_a_row_ = 0;
  std::uint32_t position_ = 0;  // in its loop's list
  bool closing_ = false;
  std::shared_ptr<agent::net::BulkStreams> streams_;  // once they are needed
  std::unique_ptr<SessionPart> part_;
  Receivers calls_;  // keyed by the receiver's own tid
  std::unique_ptr<Waiting> waiting_;
  agent::Event resumed_;

  // Changed by the loop alone, read by anyone.
  std::atomic<std::uint64_t> in_packets_{0};
  std::atomic<std::uint64_t> in_bytes_{0};
  std::atomic<std::uint64_t> out_packets_{0};
  std::atomic<std::uint64_t> out_bytes_{0};

  mutable std::mutex report_mutex_;  // held for the copy of a pointer, once per report
  std::shared_ptr<const Report> report_;
};

}  // namespace server
