// Session: one connection from the accepted handshake to its loss. Loop thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/agent_state.hpp"
#include "core/calls.hpp"
#include "core/report_spool.hpp"
#include "core/sender.hpp"
#include "core/timing.hpp"
#include "net/ticker.hpp"
#include "net/websocket.hpp"

namespace agent::core {

// A peer that sends this many messages in a row that are no messages speaks something else.
inline constexpr int kMaxBadMessages = 100;

class Session {
 public:
  // `caps`: the capabilities that are in force.
  Session(net::Loop& loop, net::WebSocket& socket, const AgentState& state, Sender& sender, Calls& calls,
          ReportSpool& spool, Timing timing, std::vector<std::string> caps);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves until the session is lost, and throws the reason.
  Task<> serve();
  // Afterwards: cancels its calls and takes the socket from the sender.
  void end();

  // The capability is in force (docs/wire.md, "Capabilities").
  bool has(std::string_view capability) const;

  // Tells the server that we leave; serve() then ends.
  void leave(std::string_view why);

  // Closes the socket; serve() then ends.
  void cut_off() { socket_.stream().close(); }

  // The servers that this one sent us to, if it did.
  std::vector<std::string> elsewhere;
  std::optional<std::chrono::seconds> retry_after;

 private:
  void receive(std::string text);
  void receive_bulk(const std::string& frame);
  std::optional<Envelope> parse(std::string text);
  void route(const Envelope& message);
  void ignore(const Envelope& message);
  void take(const Envelope& message);
  void follow(const Envelope& message);
  void keep_alive();
  void ping_with_report();

  net::WebSocket& socket_;
  const AgentState& state_;
  Sender& sender_;
  Calls& calls_;
  ReportSpool& spool_;
  Timing timing_;
  const std::vector<std::string> caps_;
  net::Ticker pings_;
  net::Clock::time_point pinged_at_ = net::Clock::now();
  int bad_in_a_row_ = 0;
};

}  // namespace agent::core
