// Connection: keeps the agent connected. One attempt after the other, one session after the other, until
// it is stopped; no failure ends it. Loop thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/host.hpp"
#include "base/event.hpp"
#include "core/agent_state.hpp"
#include "core/calls.hpp"
#include "core/handshake.hpp"
#include "core/outage.hpp"
#include "core/reconnect.hpp"
#include "core/report_spool.hpp"
#include "core/sender.hpp"
#include "core/session.hpp"
#include "core/timing.hpp"
#include "net/dial.hpp"

namespace agent::core {

// How long the system's authorities are good for, where no file of our own is named: to read them at each
// attempt would cost more than the attempt.
inline constexpr std::chrono::seconds kSystemAuthoritiesAge{60};

// How a server is reached: net::dial, but for tests.
using Dial = std::function<Task<std::unique_ptr<net::WebSocket>>(net::Loop& loop, net::DialOptions options)>;

class Connection {
 public:
  Connection(net::Loop& loop, AgentState& state, Sender& sender, Calls& calls, ReportSpool& spool,
             Backoff backoff, Timing timing, Dial dial);

  // Runs until stop().
  Task<> run();

  // Ends run() soon; false when an attempt is under way, which may take long to end.
  bool stop();

  // The next attempt reads the TLS files again.
  void forget_tls() { tls_.reset(); }
  // Ends a session that stop() has not ended yet, without a word to the server.
  void cut_off() {
    if (session_ != nullptr) session_->cut_off();
  }

  // How the server of the current session was dialled; nullptr without a session.
  const net::DialOptions* dialled() const { return session_ != nullptr ? &dialled_ : nullptr; }

 private:
  Task<> visit(std::string server);
  void failed(const std::string& server, const std::exception& why);
  void redirected(const std::string& server, const std::vector<std::string>& servers);
  std::shared_ptr<net::TlsContext> tls_for(const Address& address);
  Task<std::unique_ptr<net::WebSocket>> dial(std::string address);
  Task<> join(net::WebSocket* socket, std::string server);
  Task<> serve(net::WebSocket* socket, std::string server, std::vector<std::string> caps);
  void adopt(const std::string& sent_id, const std::string& id);
  void store_id();
  void started(const std::string& server);
  void ended(Session& session, const std::string& server, const std::string& why,
             net::Clock::time_point since);

  net::Loop& loop_;
  AgentState& state_;
  Sender& sender_;
  Calls& calls_;
  ReportSpool& spool_;
  Timing timing_;
  const Dial dial_;
  Reconnect plan_;
  Outage outage_;
  Event stopped_;
  Session* session_ = nullptr;
  HostFacts facts_;
  net::DialOptions dialled_;
  std::shared_ptr<net::TlsContext> tls_;
  net::Clock::time_point tls_since_;
  bool attempting_ = false;
  bool stopping_ = false;
  bool had_session_ = false;
};

}  // namespace agent::core
