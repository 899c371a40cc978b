// WatchHub: a server's copy of the store's keys, and everybody who watches them.
//
// An engine feeds it through one upstream, whatever the number of watches. A slow reader costs nothing and
// holds nobody up: a watch is a place in the history that all share, and is cancelled when the history goes
// past it; a view is one mark, "something changed".
//
// Thread-safe. The upstream's side is one thread's at a time, which reads keys() and history() without a
// lock, because only it changes them. Watches may outlive the hub's owner, and then end.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/change_history.hpp"
#include "store/key_space.hpp"
#include "store/store_watch.hpp"
#include "store/watch_slots.hpp"

namespace server::store {

class WatchHub : public std::enable_shared_from_this<WatchHub> {
 public:
  // What the upstream has begun with.
  struct Start {
    Revision revision = 0;
    KeySpace keys;
    ChangeHistory history;
  };
  explicit WatchHub(Start start);
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // ---- upstream

  struct Change {
    Revision revision = 0;  // of the store now
    std::vector<Item> events;
    Revision compacted = 0;  // the history is forgotten up to here
  };
  // All at once for every reader.
  void publish(const Change& change);
  // What happened between keys() and `start` is not known: views have one change, if theirs is another state
  // now; every watch that wanted any of it ends with this reason. The revision may go back.
  void restart(Start start, const std::string& reason);
  // The store has this revision: a watch may begin behind it. Any thread.
  void hear(Revision revision);
  // The upstream is lost: a wait for more ends as unavailable, with this reason. Nothing: it is there again.
  void set_lost(std::optional<std::string> reason);
  // Every watch ends with this reason.
  void close(const std::string& reason);
  const KeySpace& keys() const { return keys_; }
  const ChangeHistory& history() const { return history_; }

  // ---- readers, any loop

  // The newest that was heard of.
  Revision revision() const;
  struct Figures {
    Revision revision = 0;
    std::size_t keys = 0;
    std::size_t bytes = 0;    // KeyValue::cost() of all keys
    std::size_t watches = 0;  // with the views
  };
  Figures figures() const;
  // Throws Fault::unavailable once the hub is closed.
  Snapshot get(const KeyRange& range, std::size_t limit) const;
  // As those of Store.
  std::unique_ptr<Watch> watch(WatchOrder order);
  std::unique_ptr<View> view(KeyRange range);

 private:
  class HubWatch;
  class HubView;
  class Bells;
  using Slot = WatchSlots::Slot;

  void check_room(const std::string& client) const;
  void mark(const Slot& slot, Revision revision, Bells& bells);
  // Pointers, because there may be thousands who wait: what is not there yet has no room in their frames.
  std::unique_ptr<WatchMessage> take(WatchSlot& slot, const asio::any_io_executor& home, bool in_time);
  WatchMessage collect(WatchSlot& slot);
  std::unique_ptr<Snapshot> take_state(WatchSlot& slot, const asio::any_io_executor& home, bool in_time);
  void remove(const Slot& slot);
  void mark_views(const Start& start, Bells& bells);
  [[noreturn]] void throw_lost() const;

  mutable std::mutex mutex_;  // guards what follows
  Revision revision_;
  Revision heard_ = 0;
  KeySpace keys_;
  ChangeHistory history_;
  WatchSlots slots_;
  std::optional<std::string> closed_;
  std::optional<std::string> lost_;
};

}  // namespace server::store
