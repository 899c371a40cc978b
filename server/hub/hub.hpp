// Hub: the server's shards with their live sessions, and what they share.
//
// Thread-safe unless said otherwise. It is made before the loops and destroyed after them.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/message.hpp"
#include "agent/metrics.hpp"
#include "hub/admission.hpp"
#include "hub/agent_session.hpp"
#include "hub/place.hpp"
#include "hub/shard.hpp"
#include "net/loop.hpp"

namespace server {

struct HubOptions {
  double connect_limit = 100;         // connects per second, and their burst
  std::vector<std::string> redirect;  // servers that agents are sent to when this one stops
  std::vector<std::string> capabilities{"ack",    "stream",  "kill",  "end", "cancel", "series",
                                        "limits", "reports", "brief", "term"};  // that agents are offered
  KeepAliveTimes keep_alive;
  std::chrono::milliseconds first_message{60'000};  // from the upgrade to `come`
  std::chrono::milliseconds probe{3'000};           // for a sign of life of a session whose id is claimed
};

// A message without tid. Runs on the session's loop and must not block.
using ReportHandler = std::function<void(Session& session, const agent::Envelope& report)>;

// A message before it is parsed, for whoever need not parse it. True: it was taken. Runs on the session's
// loop and must not block; what it throws (Error) counts as an unreadable message.
using TextHandler = std::function<bool(Session& session, const std::string& text)>;

// A session begins or has ended. Runs on the session's loop, must not block and must not throw. An id's next
// session may begin before the end of its last one is told: compare sessions, not ids.
using SessionHandler = std::function<void(Session& session, bool begins)>;

// What became of an agent's connection. The names are those of the label `result`.
enum class ConnectResult {
  accepted,
  taken_over,
  rate_limit,
  no_come,
  bad_come,
  conflict,
  revoked,     // the token was revoked during the handshake
  no_room,     // too many ids belong to the token
  not_stored,  // the binding of the id cannot be stored
  stopping,
};
inline constexpr std::array<std::string_view, 10> kConnectResults{
    "accepted", "taken_over", "rate_limit", "no_come",    "bad_come",
    "conflict", "revoked",    "no_room",    "not_stored", "stopping"};
using ConnectCounters = std::array<agent::metrics::Counter, kConnectResults.size()>;

class Bindings;

class Hub {
 public:
  // Adds its series (expose) to `metrics`, which must not be scraped after the hub's end.
  Hub(HubOptions options, agent::metrics::Registry& metrics);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // ---- set-up, before the loops run

  // One more shard, on this loop. The loops end before the hub.
  void attach(agent::net::Loop& loop);
  // Handles messages of `type` that carry no tid. Type 7 is handled already.
  void on_report(int type, ReportHandler handler);
  // Sees every text message of agents first. One handler.
  void on_text(TextHandler handler) { text_handler_ = std::move(handler); }
  // Hears of every session: when its agent has been answered and nothing else of it was read, and when its
  // calls have been ended and find() does not know it any more.
  void on_session(SessionHandler handler);
  // Agents with tokens keep their ids by it, which outlives the loops' run. Without it ids belong to nobody.
  void bind_ids(Bindings& bindings);

  // ---- sessions

  // Where the agent is served when it is connected: its calls are made there.
  Place place_of(std::string_view id) const { return {*shards_[shard_of(id, shards_.size())]}; }

  // Takes no lock on the agent's shard.
  std::shared_ptr<Session> find(std::string_view id) const;
  // Like find(), for a call: throws not_found "agent", or wrong_type
  // "invalid agent type want [x] got [y]". An empty `type` means any.
  std::shared_ptr<Session> find_agent(std::string_view id, std::string_view type) const;
  // All of them, sorted by id.
  std::vector<std::shared_ptr<Session>> list() const;
  std::size_t size() const;

  // ---- connecting

  // To be asked before an agent's upgrade is accepted. nullopt: go ahead. Otherwise answer 503 with these
  // seconds as Retry-After and the text "rate limit".
  std::optional<std::chrono::seconds> admit(agent::net::Clock::time_point now = agent::net::Clock::now());

  // Ends the sessions whose token was revoked, soon. Those that begin later are refused.
  void end_revoked();

  // Ends all calls with cancelled and all sessions with close code 1001, after a farewell if there is
  // somewhere else to go, and refuses newcomers by one. size() falls to 0 as the connections close.
  void stop();
  // What agents are told then: where to go, and when they may be back. Originals ignore it.
  agent::wire::Handshake farewell() const;
  // The loops have stopped for good: what their destruction ends is not posted to them any more. To be
  // called before they are destroyed.
  void shut();
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }

  // ---- for the hub's own files

  const HubOptions& options() const { return options_; }
  // Those of all shards.
  std::atomic<std::size_t>& followers() { return followers_; }
  // nullptr: none.
  Bindings* bindings() const { return bindings_; }
  // Decides what may be logged about refused agents.
  RefusalLog& refusals() { return refusals_; }
  // The shard on this loop.
  Shard& at(const agent::net::Loop& loop) const;
  const std::vector<std::unique_ptr<Shard>>& shards() const { return shards_; }
  const ReportHandler* report_handler(int type) const;
  bool take_text(Session& session, const std::string& text) const {
    return text_handler_ && text_handler_(session, text);
  }
  void tell_session(Session& session, bool begins);
  void count(ConnectResult result) { connects_[static_cast<std::size_t>(result)].add(); }
  const ConnectCounters& connects() const { return connects_; }

 private:
  // Its part of /metrics (hub_metrics.cpp): the names of the originals, where all are gauges and agents are
  // told apart by label, and proper names beside them; docs/metrics.md explains each. Stated anew at every
  // scrape, so that the series of an agent end with its session.
  void expose(agent::metrics::Exposition& out) const;

  const HubOptions options_;
  std::atomic<std::size_t> followers_{0};
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unordered_map<int, ReportHandler> report_handlers_;
  TextHandler text_handler_;
  std::vector<SessionHandler> session_handlers_;
  std::mutex admission_mutex_;  // taken once per connect
  TokenBucket admission_;
  ConnectCounters connects_;
  Bindings* bindings_ = nullptr;
  RefusalLog refusals_;
  std::atomic<bool> stopping_{false};
};

}  // namespace server
