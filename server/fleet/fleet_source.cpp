#include "fleet/fleet_source.hpp"

#include <algorithm>
#include <ctime>
#include <functional>
#include <utility>

#include "agent/json.hpp"
#include "base/digest.hpp"
#include "fleet/fleet_values.hpp"
#include "hub/gather.hpp"

namespace server::fleet {

using agent::Clock;
using agent::Task;
using store::Item;

class FleetSource::View final : public store::View {
 public:
  View(FleetSource& source, const views::ViewBoard& board) : source_(source), board_(board) {}

  Task<std::optional<store::Snapshot>> next(store::Time deadline) override {
    bool is_wanted = co_await wait_for_wish(&source_, &board_, deadline);
    if (!is_wanted) co_return std::nullopt;
    // The look is on the hub's loops: whoever follows is on one of them.
    agent::net::Loop& here = source_.hub_.shards().front()->loop();
    std::optional<store::Snapshot> found = co_await source_.look_around(&here);
    co_return found;
  }

 private:
  // Until it is time for the next look; false at the deadline.
  static Task<bool> wait_for_wish(FleetSource* source, const views::ViewBoard* board, store::Time deadline) {
    while (!source->is_asked_) {
      const store::Time tick = std::min(deadline, Clock::now() + kLookPeriod);
      co_await source->asked_.wait(tick);
      if (board->is_read()) break;
      if (!source->is_asked_ && Clock::now() >= deadline) co_return false;
    }
    source->is_asked_ = false;
    co_return true;
  }

  FleetSource& source_;
  const views::ViewBoard& board_;
};

namespace {

// A server looks less than once per millisecond: what it counts from here on stays behind the clock.
store::Revision unix_milliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

FleetSource::FleetSource(Hub& hub, const CommandTable& commands, const Layouts& layouts)
    : hub_(hub),
      commands_(commands),
      layouts_(layouts),
      id_(agent::random_hex(store::kIdBytes)),
      revision_(unix_milliseconds()) {}

std::unique_ptr<store::View> FleetSource::view(const views::ViewBoard& board) {
  return std::make_unique<View>(*this, board);
}

void FleetSource::look() {
  is_asked_ = true;
  asked_.wake();
}

// What shards know is asked on their loops, and put together on a thread of its own: ten thousand agents take
// longer than a loop may stand still.
Task<std::optional<store::Snapshot>> FleetSource::look_around(agent::net::Loop* here) {
  const std::function<Task<Records>(Shard&)> ask = [this](Shard& shard) {
    return records_on(&commands_, &shard);
  };
  const std::vector<Records> shards = co_await server::gather<Records>(hub_, *here, ask);
  auto work = [this, &shards] { return next(values_of(shards)); };
  std::optional<store::Snapshot> found = co_await pool_.run(work);
  co_return found;
}

FleetSource::Values FleetSource::values_of(const std::vector<Records>& shards) const {
  Values out;
  const std::string root = std::string(kPrefix) + "/";
  for (const auto& session : hub_.list()) out[root + "agents/" + session->id()] = agent_value(hub_, *session);
  for (const Records& records : shards)
    for (const CommandRecord& record : records)
      out[root + "tasks/" + record.agent + "/" + record.id] = agent::json::encode(record);
  for (const auto& [id, status] : layouts_.list(std::time(nullptr)))
    out[root + "layouts/" + id] = layout_value(status);
  return out;
}

// An item that is as it was stays the same one.
Item FleetSource::item_of(const std::string& key, std::string value) const {
  Item known;
  if (items_)
    if (const auto found = items_->find(key); found != items_->end()) known = found->second;
  if (known && known->value == value) return known;
  auto item = std::make_shared<store::KeyValue>();
  item->key = key;
  item->value = std::move(value);
  item->modified = revision_ + 1;
  item->created = known ? known->created : item->modified;
  item->version = known ? known->version + 1 : 1;
  return item;
}

std::optional<store::Snapshot> FleetSource::next(Values values) {
  std::map<std::string, Item> items;
  for (auto& [key, value] : values) items.emplace_hint(items.end(), key, item_of(key, std::move(value)));
  if (items_ == items) return std::nullopt;
  items_ = std::move(items);
  store::Snapshot out{.revision = ++revision_, .items = {}};
  for (const auto& [key, item] : *items_) out.items.push_back(item);
  return out;
}

}  // namespace server::fleet
