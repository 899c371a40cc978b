#include "store/watch_hub.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <utility>

namespace server::store {

// Wakes those who wait, each loop once however many of them wait there.
class WatchHub::Bells {
 public:
  void add(const Slot& slot) {
    for (Bell& bell : bells_)
      if (bell.home == slot->home) return bell.slots.push_back(slot);
    bells_.push_back({slot->home, {slot}});
  }

  // Under the lock: a slot that was removed in time wakes nobody on a loop that has ended since.
  void ring() {
    for (Bell& bell : bells_)
      asio::post(bell.home, [slots = std::move(bell.slots)] {
        for (const Slot& slot : slots) slot->changed.wake();
      });
  }

 private:
  struct Bell {
    asio::any_io_executor home;
    std::vector<Slot> slots;
  };
  std::vector<Bell> bells_;
};

// ---------------------------------------------------------------------------------------- a reader's side

class WatchHub::HubWatch : public Watch {
 public:
  HubWatch(std::shared_ptr<WatchHub> hub, Slot slot) : hub_(std::move(hub)), slot_(std::move(slot)) {}
  ~HubWatch() override { hub_->remove(slot_); }

  agent::Task<WatchMessage> next(Time deadline) override { return next_of(hub_, slot_, deadline); }

 private:
  static agent::Task<WatchMessage> next_of(std::shared_ptr<WatchHub> hub, Slot slot, Time deadline) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    bool in_time = true;
    for (;;) {
      std::unique_ptr<WatchMessage> message = hub->take(*slot, home, in_time);
      if (message) co_return std::move(*message);
      in_time = co_await slot->changed.wait(deadline);
    }
  }

  std::shared_ptr<WatchHub> hub_;
  Slot slot_;
};

class WatchHub::HubView : public View {
 public:
  HubView(std::shared_ptr<WatchHub> hub, Slot slot) : hub_(std::move(hub)), slot_(std::move(slot)) {}
  ~HubView() override { hub_->remove(slot_); }

  agent::Task<std::optional<Snapshot>> next(Time deadline) override { return next_of(hub_, slot_, deadline); }

 private:
  static agent::Task<std::optional<Snapshot>> next_of(std::shared_ptr<WatchHub> hub, Slot slot,
                                                      Time deadline) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    bool in_time = true;
    for (;;) {
      std::unique_ptr<Snapshot> state = hub->take_state(*slot, home, in_time);
      if (state) co_return std::move(*state);
      if (!in_time) co_return std::nullopt;
      in_time = co_await slot->changed.wait(deadline);
    }
  }

  std::shared_ptr<WatchHub> hub_;
  Slot slot_;
};

// ---------------------------------------------------------------------------------------------- upstream

WatchHub::WatchHub(Start start)
    : revision_(start.revision), keys_(std::move(start.keys)), history_(std::move(start.history)) {}

void WatchHub::mark(const Slot& slot, Revision revision, Bells& bells) {
  if (slot->hit == 0 && revision >= slot->next) slot->hit = revision;
  if (slot->hit == 0 || !slot->is_waiting) return;
  slot->is_waiting = false;
  bells.add(slot);
}

void WatchHub::publish(const Change& change) {
  std::lock_guard lock(mutex_);
  Bells bells;
  for (const Item& event : change.events) {
    keys_.apply(event);
    history_.add(event);
    slots_.visit(event->key, [&](const Slot& slot) { mark(slot, event->modified, bells); });
  }
  history_.compact(change.compacted);
  revision_ = change.revision;
  bells.ring();
}

void WatchHub::restart(Start start, const std::string& reason) {
  std::lock_guard lock(mutex_);
  Bells bells;
  mark_views(start, bells);
  const auto ended = std::make_shared<const std::string>(reason);
  const bool goes_back = start.revision < revision_;
  slots_.visit_all([&](const Slot& slot) {
    if (slot->is_view || slot->ended || (slot->next > start.revision && !goes_back)) return;
    slot->ended = ended;
    if (std::exchange(slot->is_waiting, false)) bells.add(slot);
  });
  revision_ = start.revision;
  heard_ = goes_back ? start.revision : std::max(heard_, start.revision);
  keys_ = std::move(start.keys);
  history_ = std::move(start.history);
  bells.ring();
}

// Those who have another state then.
void WatchHub::mark_views(const Start& start, Bells& bells) {
  const auto mark_key = [&](const Item& item) {
    slots_.visit(item->key, [&](const Slot& slot) {
      if (slot->is_view) mark(slot, std::max<Revision>(start.revision, 1), bells);
    });
    return true;
  };
  keys_.visit(KeyRange::all(),
              [&](const Item& item) { return start.keys.find(item->key) != nullptr || mark_key(item); });
  start.keys.visit(KeyRange::all(), [&](const Item& item) {
    const Item before = keys_.find(item->key);
    const bool is_same = before && before->modified == item->modified && before->created == item->created &&
                         before->value == item->value;
    return is_same || mark_key(item);
  });
}

void WatchHub::hear(Revision revision) {
  std::lock_guard lock(mutex_);
  heard_ = std::max(heard_, revision);
}

void WatchHub::set_lost(std::optional<std::string> reason) {
  std::lock_guard lock(mutex_);
  lost_ = std::move(reason);
}

void WatchHub::throw_lost() const { throw StoreError(Fault::unavailable, *lost_, revision_); }

void WatchHub::close(const std::string& reason) {
  std::lock_guard lock(mutex_);
  closed_ = reason;
  Bells bells;
  slots_.visit_all([&](const Slot& slot) {
    if (std::exchange(slot->is_waiting, false)) bells.add(slot);
  });
  bells.ring();
}

// --------------------------------------------------------------------------------------------- readers

Revision WatchHub::revision() const {
  std::lock_guard lock(mutex_);
  return std::max(heard_, revision_);
}

WatchHub::Figures WatchHub::figures() const {
  std::lock_guard lock(mutex_);
  return {.revision = revision_, .keys = keys_.size(), .bytes = keys_.bytes(), .watches = slots_.size()};
}

Snapshot WatchHub::get(const KeyRange& range, std::size_t limit) const {
  std::lock_guard lock(mutex_);
  if (closed_) throw StoreError(Fault::unavailable, *closed_, revision_);
  return keys_.snapshot(range, limit, revision_);
}

void WatchHub::check_room(const std::string& client) const {
  if (closed_) throw StoreError(Fault::unavailable, *closed_, revision_);
  if (slots_.size() >= kWatches)
    throw StoreError(Fault::refused, "watch: there are " + std::to_string(kWatches) + " already", revision_);
  if (slots_.size_of(client) >= kWatchesPerClient)
    throw StoreError(Fault::refused,
                     "watch: this client has " + std::to_string(kWatchesPerClient) + " already", revision_);
}

std::unique_ptr<Watch> WatchHub::watch(WatchOrder order) {
  check(order.range);
  std::lock_guard lock(mutex_);
  check_room(order.client);
  const Revision now = std::max(heard_, revision_);
  if (order.from < 0 || order.from > now + 1)
    throw StoreError(Fault::refused,
                     "watch: revision " + std::to_string(order.from) + ": the store is at " +
                         std::to_string(now) + ", list again",
                     now);
  auto slot = std::make_shared<WatchSlot>();
  slot->range = std::move(order.range);
  if (!order.client.empty()) slot->client = std::make_unique<const std::string>(std::move(order.client));
  slot->next = order.from == 0 ? now + 1 : order.from;
  if (slot->next <= revision_) slot->hit = slot->next;
  slot->is_too_old = slot->next <= history_.compacted();
  slots_.add(slot);
  return std::make_unique<HubWatch>(shared_from_this(), std::move(slot));
}

std::unique_ptr<View> WatchHub::view(KeyRange range) {
  check(range);
  std::lock_guard lock(mutex_);
  check_room("");
  auto slot = std::make_shared<WatchSlot>();
  slot->range = std::move(range);
  slot->is_view = true;
  slot->hit = std::max<Revision>(revision_, 1);
  slots_.add(slot);
  return std::make_unique<HubView>(shared_from_this(), std::move(slot));
}

void WatchHub::remove(const Slot& slot) {
  std::lock_guard lock(mutex_);
  slots_.remove(slot);
}

// Nothing: `changed` will be woken, on the loop of `home`. Not in time, there is always something.
std::unique_ptr<WatchMessage> WatchHub::take(WatchSlot& slot, const asio::any_io_executor& home,
                                             bool in_time) {
  using Kind = WatchMessage::Kind;
  const auto told = [](WatchMessage message) { return std::make_unique<WatchMessage>(std::move(message)); };
  std::lock_guard lock(mutex_);
  slot.is_waiting = false;
  if (closed_) return told({Kind::cancelled, revision_, {}, *closed_});
  if (slot.ended) return told({Kind::cancelled, revision_, {}, *slot.ended});
  if (slot.hit != 0) {
    WatchMessage message = collect(slot);
    if (message.kind != Kind::progress) return told(std::move(message));
  }
  if (!in_time && lost_) throw_lost();
  // A watch may begin behind what the upstream has brought.
  if (!in_time) return told({Kind::progress, std::max(revision_, slot.next - 1), {}, {}});
  slot.home = home;
  slot.is_waiting = true;
  return nullptr;
}

// For a slot that was hit. A message of progress: nothing of it was for this watch.
WatchMessage WatchHub::collect(WatchSlot& slot) {
  const Revision compacted = history_.compacted();
  if (slot.is_too_old)
    return {WatchMessage::Kind::compacted, compacted, {}, "the history begins behind this revision"};
  if (slot.hit <= compacted)
    return {WatchMessage::Kind::cancelled, compacted, {}, "the reader is slower than the history is long"};
  WatchMessage out{WatchMessage::Kind::events, revision_, {}, {}};
  Revision more = 0;
  history_.visit(slot.hit, [&](const Item& event) {
    if (!slot.range.contains(event->key)) return true;
    if (out.events.size() >= kEventsPerMessage && event->modified != out.events.back()->modified) {
      more = event->modified;
      out.revision = more - 1;
      return false;
    }
    out.events.push_back(event);
    return true;
  });
  slot.hit = more;
  if (out.events.empty()) out.kind = WatchMessage::Kind::progress;
  return out;
}

// As take(), but not in time there may be nothing: nobody waits then.
std::unique_ptr<Snapshot> WatchHub::take_state(WatchSlot& slot, const asio::any_io_executor& home,
                                               bool in_time) {
  std::lock_guard lock(mutex_);
  slot.is_waiting = false;
  if (closed_) throw StoreError(Fault::unavailable, *closed_, revision_);
  if (slot.hit != 0) {
    slot.hit = 0;
    return std::make_unique<Snapshot>(keys_.snapshot(slot.range, 0, revision_));
  }
  if (!in_time && lost_) throw_lost();
  if (!in_time) return nullptr;
  slot.home = home;
  slot.is_waiting = true;
  return nullptr;
}

}  // namespace server::store
