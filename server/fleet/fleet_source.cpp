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
    Values values = co_await source_.gather(&here);
    co_return source_.next(std::move(values));
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

FleetSource::FleetSource(Hub& hub, const CommandTable& commands, const Layouts& layouts)
    : hub_(hub), commands_(commands), layouts_(layouts), id_(agent::random_hex(store::kIdBytes)) {}

std::unique_ptr<store::View> FleetSource::view(const views::ViewBoard& board) {
  return std::make_unique<View>(*this, board);
}

void FleetSource::look() {
  is_asked_ = true;
  asked_.wake();
}

Task<FleetSource::Values> FleetSource::gather(agent::net::Loop* here) const {
  using Records = std::vector<CommandRecord>;
  const std::function<Task<Records>(Shard&)> ask = [this](Shard& shard) {
    return records_on(&commands_, &shard);
  };
  const std::vector<Records> shards = co_await server::gather<Records>(hub_, *here, ask);
  Values out;
  const std::string root = std::string(kPrefix) + "/";
  for (const auto& session : hub_.list()) out[root + "agents/" + session->id()] = agent_value(hub_, *session);
  for (const Records& records : shards)
    for (const CommandRecord& record : records)
      out[root + "tasks/" + record.agent + "/" + record.id] = agent::json::encode(record);
  for (const auto& [id, status] : layouts_.list(std::time(nullptr)))
    out[root + "layouts/" + id] = layout_value(status);
  co_return out;
}

std::optional<store::Snapshot> FleetSource::next(Values values) {
  const store::Revision revision = revision_ + 1;
  bool is_other = revision_ == 0 || values.size() != items_.size();
  std::map<std::string, Item> items;
  for (auto& [key, value] : values) {
    const auto known = items_.find(key);
    if (known != items_.end() && known->second->value == value) {
      items.emplace_hint(items.end(), key, known->second);
      continue;
    }
    is_other = true;
    auto item = std::make_shared<store::KeyValue>();
    item->key = key;
    item->value = std::move(value);
    item->created = known == items_.end() ? revision : known->second->created;
    item->modified = revision;
    item->version = known == items_.end() ? 1 : known->second->version + 1;
    items.emplace_hint(items.end(), key, std::move(item));
  }
  if (!is_other) return std::nullopt;
  revision_ = revision;
  items_ = std::move(items);
  store::Snapshot out{.revision = revision, .items = {}};
  for (const auto& [key, item] : items_) out.items.push_back(item);
  return out;
}

}  // namespace server::fleet
