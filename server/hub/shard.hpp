// Shard: one event loop and its agents: their sessions, who follows them, what they have counted, and the
// mailbox by which other threads reach them.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/metrics.hpp"
#include "hub/agent_series.hpp"
#include "hub/report_feed.hpp"
#include "hub/session_table.hpp"
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

// One shard's counters, apart from those of the others so that cores do not share a cache line.
struct alignas(64) ShardCounters {
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

// Mailbox: work for one event loop from any thread, many pieces in one post.
//
// A loop that is busy with a thousand messages is woken once, not a thousand times. Thread-safe and
// without locks. Must outlive everyone who may still post; the loop may end before it.
class Mailbox {
 public:
  explicit Mailbox(agent::net::Loop& loop) : loop_(loop) {}
  ~Mailbox();  // what is still inside is dropped unrun
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  agent::net::Loop& loop() const { return loop_; }
  // The calling thread is the loop's.
  bool is_here() const { return loop_.io().get_executor().running_in_this_thread(); }

  // The loop has stopped for good: work is dropped from now on, and the loop is not touched again.
  // While no other thread posts.
  void shut() { shut_ = true; }

  // Calls `work` on the loop: at once when the caller is there already, otherwise soon. What one thread
  // posts keeps its order. `work` must not throw.
  template <class Work>
  void run(Work&& work) {
    if (shut_) return;
    if (is_here()) {
      work();
    } else {
      push(new Piece<std::decay_t<Work>>(std::forward<Work>(work)));
    }
  }

 private:
  struct Item {
    virtual ~Item() = default;
    virtual void run() = 0;
    Item* next = nullptr;
  };

  template <class Work>
  struct Piece final : Item {
    explicit Piece(Work&& what) : work(std::move(what)) {}
    explicit Piece(const Work& what) : work(what) {}
    void run() override { work(); }
    Work work;
  };

  void push(Item* item);
  void drain();
  static Item* reversed(Item* newest);

  agent::net::Loop& loop_;
  std::atomic<Item*> newest_{nullptr};  // not empty: a drain() is on its way
  bool shut_ = false;
};

// Shard: belongs to its loop; mailbox and counters may be used from any thread. One tick walks all sessions,
// so that an idle agent costs no timer.
class Shard final : private agent::net::Expiring {
 public:
  // `number`: its place in Hub::shards().
  Shard(Hub& hub, agent::net::Loop& loop, std::size_t number);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  Hub& hub() const { return hub_; }
  std::size_t number() const { return number_; }
  agent::net::Loop& loop() const { return mailbox_.loop(); }
  Mailbox& mailbox() { return mailbox_; }
  ShardCounters& counters() { return counters_; }
  SessionTable& sessions() { return table_; }
  // What its agents send by themselves, but for type 7 and what the hub's users handle as part of the
  // protocol.
  ReportFeed& reports() { return reports_; }

  // ---- the loop only
  void add(Session& session);
  void remove(Session& session);
  void send_away();    // the server stops
  void end_revoked();  // those whose token is revoked

 private:
  void expire() override;  // the tick

  Hub& hub_;
  const std::size_t number_;
  Mailbox mailbox_;
  SessionTable table_;
  ReportFeed reports_;
  std::vector<Session*> sessions_;  // each knows its position
  ShardCounters counters_;
};

}  // namespace server
