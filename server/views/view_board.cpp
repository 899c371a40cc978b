#include "views/view_board.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <utility>

namespace server::views {

using store::Revision;

// ---------------------------------------------------------------------------------------------- the writer

void ViewBoard::publish(const store::Snapshot& snapshot, const std::string& store_id, Time now) {
  Published before;
  bool is_same_store = false;
  {
    std::lock_guard lock(mutex_);
    before = published_;
    is_same_store = store_id_ == store_id;
  }
  Published next = before;
  ++next.number;
  if (!is_same_store) ++next.life;
  const ClusterState* const known = is_same_store ? before.state.get() : nullptr;
  next.state = std::make_shared<ClusterState>(prefix_, snapshot, known);
  {
    std::lock_guard lock(mutex_);
    published_ = next;
    store_id_ = store_id;
  }
  confirm(now);  // before anybody sees the state and takes it for a stale one
  for (const std::shared_ptr<Feed>& feed : live_feeds()) refresh(*feed, next);
}

void ViewBoard::confirm(Time now) {
  std::lock_guard lock(mutex_);
  confirmed_ = now;
  if (trouble_.empty()) return;
  trouble_.clear();
  ring_all();
}

void ViewBoard::lose(const std::string& why) {
  std::lock_guard lock(mutex_);
  if (!std::exchange(trouble_, why).empty()) return;
  ring_all();
}

void ViewBoard::close() {
  std::lock_guard lock(mutex_);
  is_closed_ = true;
  ring_all();
}

void ViewBoard::refresh(Feed& feed, const Published& published) {
  std::lock_guard making(feed.making);
  if (!published.state || feed.seen.number >= published.number) return;
  const Version before = feed.version;  // no other thread writes it
  Version next = make(feed, published, before);
  feed.seen = published;
  if (next == before) return;
  std::lock_guard lock(mutex_);
  feed.version = std::move(next);
  ring(feed);
}

Version ViewBoard::make(Feed& feed, const Published& published, const Version& before) {
  const ClusterState& state = *published.state;
  const Area area = feed.view->area;
  const Revision change = state.changed(area, feed.key.names);
  const bool is_same_life = before && feed.seen.life == published.life;
  if (is_same_life && change == std::exchange(feed.seen_change, change)) return before;
  feed.seen_change = change;
  ViewAnswer answer = answer_of(*feed.view, state, feed.key);
  counters.made.add();
  if (answer.is_refusal) counters.refused.add();
  const bool is_same =
      before && before->answer.is_refusal == answer.is_refusal && before->answer.text == answer.text;
  if (is_same_life && is_same) return before;
  Revision removed = before ? before->removed : 0;
  if (is_same_life && state.removed(area, feed.key.names) > feed.seen.state->revision()) removed = change;
  return std::make_shared<ViewVersion>(ViewVersion{std::move(answer), change, removed});
}

std::vector<std::shared_ptr<ViewBoard::Feed>> ViewBoard::live_feeds() {
  std::vector<std::shared_ptr<Feed>> live;
  std::lock_guard lock(mutex_);
  for (auto at = feeds_.begin(); at != feeds_.end();) {
    if (std::shared_ptr<Feed> feed = at->second.lock()) {
      live.push_back(std::move(feed));
      ++at;
    } else {
      at = feeds_.erase(at);
    }
  }
  return live;
}

// Wakes each loop once, however many wait there. Under the lock: a slot that was removed in time wakes nobody
// on a loop that has ended since.
void ViewBoard::ring(Feed& feed) {
  std::vector<std::pair<asio::any_io_executor, std::vector<std::shared_ptr<Slot>>>> bells;
  for (const std::shared_ptr<Slot>& slot : feed.slots) {
    slot->is_hit = true;
    if (!std::exchange(slot->is_waiting, false)) continue;
    auto bell =
        std::find_if(bells.begin(), bells.end(), [&](const auto& one) { return one.first == slot->home; });
    if (bell == bells.end()) bell = bells.insert(bells.end(), {slot->home, {}});
    bell->second.push_back(slot);
  }
  for (auto& [home, slots] : bells)
    asio::post(home, [slots = std::move(slots)] {
      for (const std::shared_ptr<Slot>& slot : slots) slot->changed.wake();
    });
}

void ViewBoard::ring_all() {
  for (const auto& [name, feed] : feeds_)
    if (const std::shared_ptr<Feed> live = feed.lock()) ring(*live);
}

// --------------------------------------------------------------------------------------------- the readers

std::shared_ptr<const ClusterState> ViewBoard::state() const {
  std::lock_guard lock(mutex_);
  return published_.state;
}

std::string ViewBoard::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

std::optional<std::chrono::milliseconds> ViewBoard::stale_for(Time now) const {
  std::lock_guard lock(mutex_);
  if (trouble_.empty()) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - confirmed_);
}

std::unique_ptr<ViewReader> ViewBoard::open(const ClusterView& view, ViewKey key) {
  std::shared_ptr<Feed> feed;
  Published published;
  std::unique_ptr<ViewReader> reader;
  {
    std::lock_guard lock(mutex_);
    std::weak_ptr<Feed>& known = feeds_[{&view, key}];
    feed = known.lock();
    if (!feed) {
      feed = std::make_shared<Feed>();
      feed->view = &view;
      feed->key = std::move(key);
      known = feed;
    }
    published = published_;
    reader.reset(new ViewReader(shared_from_this(), feed));
    keep(feed);
  }
  refresh(*feed, published);
  reader->forget_hits();
  return reader;
}

void ViewBoard::keep(const std::shared_ptr<Feed>& feed) {
  std::erase(recent_, feed);
  recent_.push_front(feed);
  if (recent_.size() <= kRecentViews) return;
  const std::shared_ptr<Feed> oldest = std::move(recent_.back());
  recent_.pop_back();
  drop_unused(oldest);
}

void ViewBoard::drop_unused(const std::shared_ptr<Feed>& feed) {
  if (!feed->slots.empty() || std::find(recent_.begin(), recent_.end(), feed) != recent_.end()) return;
  const auto known = feeds_.find({feed->view, feed->key});
  if (known != feeds_.end() && known->second.lock() == feed) feeds_.erase(known);
}

bool ViewBoard::is_read() const {
  std::lock_guard lock(mutex_);
  return std::any_of(feeds_.begin(), feeds_.end(), [](const auto& known) {
    const std::shared_ptr<Feed> feed = known.second.lock();
    return feed && !feed->slots.empty();
  });
}

std::map<Area, std::size_t> ViewBoard::reader_counts() const {
  std::map<Area, std::size_t> counts;
  std::lock_guard lock(mutex_);
  for (const auto& [name, known] : feeds_)
    if (const std::shared_ptr<Feed> feed = known.lock(); feed && !feed->slots.empty())
      counts[name.first->area] += feed->slots.size();
  return counts;
}

// Under the lock.
ViewReader::ViewReader(std::shared_ptr<ViewBoard> board, std::shared_ptr<ViewBoard::Feed> feed)
    : board_(std::move(board)), feed_(std::move(feed)) {
  feed_->slots.insert(slot_);
}

ViewReader::~ViewReader() {
  std::lock_guard lock(board_->mutex_);
  feed_->slots.erase(slot_);
  slot_->home = {};
  board_->drop_unused(feed_);
}

Version ViewReader::version() const {
  std::lock_guard lock(board_->mutex_);
  return feed_->version;
}

void ViewReader::forget_hits() {
  std::lock_guard lock(board_->mutex_);
  slot_->is_hit = false;
}

bool ViewReader::begin_wait(const asio::any_io_executor& home) {
  std::lock_guard lock(board_->mutex_);
  if (slot_->is_hit) return false;
  slot_->home = home;
  slot_->is_waiting = true;
  return true;
}

bool ViewReader::end_wait() {
  std::lock_guard lock(board_->mutex_);
  slot_->is_waiting = false;
  return std::exchange(slot_->is_hit, false);
}

agent::Task<bool> ViewReader::wait(ViewBoard::Time deadline) {
  const asio::any_io_executor home = co_await asio::this_coro::executor;
  if (begin_wait(home)) {
    const std::shared_ptr<ViewBoard::Slot> slot = slot_;
    co_await slot->changed.wait(deadline);
  }
  co_return end_wait();
}

}  // namespace server::views
