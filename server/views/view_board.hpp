// ViewBoard: what each view shows now, for everybody who looks: made once per view and key, when it changes.
//
// One writer, the follower of the store (view_service.hpp); readers on any loops. It lives as long as its
// last reader.
#pragma once

#include <asio/any_io_executor.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/task.hpp"
#include "base/event.hpp"
#include "store/key_value.hpp"
#include "views/view_counters.hpp"
#include "views/view_version.hpp"

namespace server::views {

class ViewReader;

// Views that are kept made although nobody reads them, for plain GETs that come again and again.
inline constexpr std::size_t kRecentViews = 32;

class ViewBoard : public std::enable_shared_from_this<ViewBoard> {
 public:
  using Time = agent::Clock::time_point;

  explicit ViewBoard(std::string prefix) : prefix_(std::move(prefix)) {}

  // ---- the writer's side: one thread at a time

  // The newest state of the store, and which store that is (Store::id()). Makes what has changed and wakes
  // those who wait for it. Takes as long as that takes.
  void publish(const store::Snapshot& snapshot, const std::string& store_id, Time now);
  // What was published is still so.
  void confirm(Time now);
  // It is not known any more whether it is.
  void lose(const std::string& why);
  // Nobody is to wait any more: the server stops. Any thread.
  void close();

  // ---- the readers'. Any thread

  std::shared_ptr<const ClusterState> state() const;  // null before the first list
  std::string trouble() const;                        // "" = none
  bool is_closed() const { return is_closed_; }
  // How long ago the state was known to be so; nothing when it is known to be.
  std::optional<std::chrono::milliseconds> stale_for(Time now) const;
  // `view` outlives the board.
  std::unique_ptr<ViewReader> open(const ClusterView& view, ViewKey key);

  // Watches that are open; counted by those who serve them.
  std::atomic<std::size_t> watches{0};
  ViewCounters counters;
  // Somebody has a reader open.
  bool is_read() const;
  // Readers of each area's views.
  std::map<Area, std::size_t> reader_counts() const;

 private:
  friend class ViewReader;

  // A state, and where it stands among others.
  struct Published {
    std::shared_ptr<const ClusterState> state;
    std::uint64_t number = 0;  // 1 is the first
    std::uint64_t life = 0;    // of the store
  };
  // One reader's; the lock guards it, apart from `changed`, which belongs to the loop of `home`.
  struct Slot {
    bool is_hit = false;
    bool is_waiting = false;
    asio::any_io_executor home;
    agent::Event changed;
  };
  struct Feed {
    const ClusterView* view;
    ViewKey key;
    std::set<std::shared_ptr<Slot>> slots;  // the lock guards these two
    Version version;

    std::mutex making;  // guards what follows
    Published seen;
    store::Revision seen_change = 0;
  };
  using FeedName = std::pair<const ClusterView*, ViewKey>;

  // Makes the feed's version of this state, unless it has it.
  void refresh(Feed& feed, const Published& published);
  // The version that follows `before`; `before` itself when nothing has changed.
  Version make(Feed& feed, const Published& published, const Version& before);
  std::vector<std::shared_ptr<Feed>> live_feeds();
  // Under the lock.
  void keep(const std::shared_ptr<Feed>& feed);
  void drop_unused(const std::shared_ptr<Feed>& feed);
  void ring(Feed& feed);
  void ring_all();

  const std::string prefix_;
  std::atomic<bool> is_closed_{false};
  mutable std::mutex mutex_;  // guards what follows, with all slots. Not locked while a view is made
  Published published_;
  std::string store_id_;
  std::string trouble_;
  Time confirmed_{};
  std::map<FeedName, std::weak_ptr<Feed>> feeds_;
  std::deque<std::shared_ptr<Feed>> recent_;  // the one that was opened last is the first
};

// One look at one view. Belongs to the loop that waits for it.
class ViewReader {
 public:
  ~ViewReader();
  ViewReader(const ViewReader&) = delete;
  ViewReader& operator=(const ViewReader&) = delete;

  // Null before the first list.
  Version version() const;
  // Until there is another version, or the store comes or goes: true, maybe for no reason. False at
  // `deadline`. Throws Errc::cancelled.
  agent::Task<bool> wait(ViewBoard::Time deadline);

  // ---- the same in parts, without a frame of its own: for readers that wait long and are many

  // Whatever happened until now is what the reader sees first. Then it looks.
  void forget_hits();
  // On the loop of `home`. False: something has happened since forget_hits().
  bool begin_wait(const asio::any_io_executor& home);
  // As wait(), right behind begin_wait().
  agent::Task<bool> waiting(ViewBoard::Time deadline) { return slot_->changed.wait(deadline); }

 private:
  friend class ViewBoard;
  ViewReader(std::shared_ptr<ViewBoard> board, std::shared_ptr<ViewBoard::Feed> feed);
  bool end_wait();

  std::shared_ptr<ViewBoard> board_;
  std::shared_ptr<ViewBoard::Feed> feed_;
  std::shared_ptr<ViewBoard::Slot> slot_ = std::make_shared<ViewBoard::Slot>();
};

}  // namespace server::views
