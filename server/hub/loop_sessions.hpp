// LoopSessions: the sessions of one loop: their keep-alive, their counters, and the loop's mailbox.
//
// Belongs to the loop; mailbox and counters may be used from any thread. One tick walks all sessions, so
// that an idle agent costs no timer.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/metrics.hpp"
#include "hub/agent_series.hpp"
#include "hub/mailbox.hpp"
#include "net/loop.hpp"

namespace server {

class Hub;
class Session;

// How a call ended. The names are those of the label `result`.
enum class CallResult { ok, refused, timeout, disconnected, overflow, busy, cancelled };
inline constexpr std::array<std::string_view, 7> kCallResults{
    "ok", "refused", "timeout", "disconnected", "overflow", "busy", "cancelled"};

// Why a reply reached nobody. The names are those of the label `reason`.
enum class ReplyDrop { unknown_tid, overflow };
inline constexpr std::array<std::string_view, 2> kReplyDrops{"unknown_tid", "overflow"};

// One loop's counters, apart from those of the other loops so that cores do not share a cache line.
struct alignas(64) LoopCounters {
  agent::metrics::Counter messages_in;
  agent::metrics::Counter messages_out;
  agent::metrics::Counter bytes_in;
  agent::metrics::Counter bytes_out;
  agent::metrics::Counter bad_messages;
  agent::metrics::Counter unknown_reports;
  agent::metrics::Counter dropped_messages;  // to an agent that does not read
  std::array<agent::metrics::Counter, kReplyDrops.size()> dropped_replies;
  std::array<agent::metrics::Counter, kCallResults.size()> calls;
  std::array<agent::metrics::Counter, kSeriesDrops.size()> dropped_series;  // lines of agents' own metrics

  void count(ReplyDrop reason) { dropped_replies[static_cast<std::size_t>(reason)].add(); }
  void count(CallResult result) { calls[static_cast<std::size_t>(result)].add(); }
  void count_series(const std::array<std::uint64_t, kSeriesDrops.size()>& dropped) {
    for (std::size_t i = 0; i < dropped.size(); ++i) dropped_series[i].add(dropped[i]);
  }
};

class LoopSessions final : private agent::net::Expiring {
 public:
  LoopSessions(Hub& hub, agent::net::Loop& loop);
  LoopSessions(const LoopSessions&) = delete;
  LoopSessions& operator=(const LoopSessions&) = delete;

  Hub& hub() const { return hub_; }
  agent::net::Loop& loop() const { return mailbox_.loop(); }
  Mailbox& mailbox() { return mailbox_; }
  LoopCounters& counters() { return counters_; }

  // ---- the loop only
  void add(Session& session);
  void remove(Session& session);
  void send_away();    // the server stops
  void end_revoked();  // those whose token is revoked

 private:
  void expire() override;  // the tick

  Hub& hub_;
  Mailbox mailbox_;
  std::vector<Session*> sessions_;  // each knows its position
  LoopCounters counters_;
};

}  // namespace server
