#include "store/txn_batch.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace server::store {
TxnBatch::TxnBatch(const Base& base)
    : base_(base),
      revision_(base.revision),
      compacted_(base.history.compacted()),
      next_place_(base.next_place),
      bytes_(base.keys.bytes()) {}

// ---------------------------------------------------------------------------------------- what is there

Item TxnBatch::find(std::string_view key) const {
  const auto changed = changed_.find(key);
  if (changed == changed_.end()) return base_.keys.find(key);
  return changed->second->is_deleted() ? nullptr : changed->second;
}

// Both in the order of their keys; what was changed stands for what was.
std::vector<Item> TxnBatch::find(const KeyRange& range, std::size_t limit) const {
  std::vector<Item> out;
  auto changed = changed_.lower_bound(range.begin);
  const auto is_full = [&] { return limit != 0 && out.size() >= limit; };
  const auto is_changed_before = [&](const std::string* key) {
    return changed != changed_.end() && range.contains(changed->first) &&
           (key == nullptr || changed->first <= *key);
  };
  const auto add_changed = [&] {
    if (!changed->second->is_deleted()) out.push_back(changed->second);
    ++changed;
  };
  base_.keys.visit(range, [&](const Item& item) {
    bool is_replaced = false;
    while (!is_full() && is_changed_before(&item->key)) {
      is_replaced = changed->first == item->key;
      add_changed();
    }
    if (!is_full() && !is_replaced) out.push_back(item);
    return !is_full();
  });
  while (!is_full() && is_changed_before(nullptr)) add_changed();
  return out;
}

bool TxnBatch::hold(const std::vector<Compare>& compares) const {
  return std::all_of(compares.begin(), compares.end(),
                     [&](const Compare& compare) { return compare.holds(find(compare.key).get()); });
}

bool TxnBatch::has_lease(LeaseId id) const {
  if (std::find(dropped_.begin(), dropped_.end(), id) != dropped_.end()) return false;
  return base_.leases.find(id) != nullptr || granted_.contains(id);
}

// ---------------------------------------------------------------------------------------- transactions

TxnAnswer TxnBatch::txn(const Txn& txn) {
  TxnAnswer answer;
  answer.succeeded = hold(txn.compares);
  const std::vector<Operation>& branch = answer.succeeded ? txn.then : txn.otherwise;
  check_room(branch);
  const std::size_t before = events_.size();
  const Revision revision = revision_ + 1;
  for (const Operation& operation : branch) answer.answers.push_back(apply(operation, revision));
  if (events_.size() != before) revision_ = revision;
  answer.revision = revision_;
  return answer;
}

// A branch puts no key twice, so that what a put replaces is there already. What it deletes is not counted.
void TxnBatch::check_room(const std::vector<Operation>& branch) const {
  std::size_t more = 0;
  std::size_t less = 0;
  for (const Operation& operation : branch) {
    const auto* put = std::get_if<PutOp>(&operation);
    if (put == nullptr) continue;
    if (put->lease != 0 && !has_lease(put->lease))
      throw StoreError(Fault::refused, "lease " + std::to_string(put->lease) + ": there is none", revision_,
                       Refusal::no_lease);
    more += put->key.size() + put->value.size() + kKeyCost;
    if (const Item item = find(put->key)) less += item->cost();
  }
  if (more > less && bytes_ + more - less > base_.max_bytes)
    throw StoreError(Fault::refused,
                     "the store is full: its keys and values take " + std::to_string(bytes_) + " of " +
                         std::to_string(base_.max_bytes) + " bytes; delete some",
                     revision_, Refusal::full);
}

OperationAnswer TxnBatch::apply(const Operation& operation, Revision revision) {
  if (const auto* put_op = std::get_if<PutOp>(&operation)) return put(*put_op, revision);
  if (const auto* delete_op = std::get_if<DeleteOp>(&operation)) return erase(delete_op->range, revision);
  const auto& get = std::get<GetOp>(operation);
  OperationAnswer answer;
  answer.items = find(get.range, get.limit == 0 ? 0 : get.limit + 1);
  answer.more = get.limit != 0 && answer.items.size() > get.limit;
  if (answer.more) answer.items.pop_back();
  return answer;
}

OperationAnswer TxnBatch::put(const PutOp& put, Revision revision) {
  const Item before = find(put.key);
  Row row;
  row.key = put.key;
  row.value = put.value;
  row.created = before ? before->created : revision;
  row.modified = revision;
  row.version = before ? before->version + 1 : 1;
  row.lease = put.lease;
  change(std::move(row));
  return {};
}

OperationAnswer TxnBatch::erase(const KeyRange& range, Revision revision) {
  const std::vector<Item> items = find(range, 0);
  for (const Item& item : items) erase(item, revision);
  return {.items = {}, .more = false, .deleted = items.size()};
}

void TxnBatch::erase(const Item& item, Revision revision) {
  Row row;
  row.key = item->key;
  row.modified = revision;
  change(std::move(row));
}

void TxnBatch::change(Row row) {
  if (const Item before = find(row.key)) {
    bytes_ -= before->cost();
    // A change that is history, too, goes with the history.
    if (before->modified <= compacted_) obsolete_.push_back(before);
  }
  if (!row.is_deleted()) bytes_ += row.cost();
  row.place = next_place_++;
  Item item = std::make_shared<const Row>(std::move(row));
  changed_.insert_or_assign(item->key, item);
  events_.push_back(std::move(item));
}

// ---------------------------------------------------------------------------------- leases, and history

void TxnBatch::grant(LeaseId id, std::chrono::milliseconds ttl) {
  granted_.emplace(id, ttl);
  lease_rows_.push_back({.id = id, .ttl = ttl});
}

void TxnBatch::drop(LeaseId id) {
  std::vector<Item> items;
  if (const Lease* lease = base_.leases.find(id))
    for (const std::string& key : lease->keys)
      if (!changed_.contains(key)) items.push_back(base_.keys.find(key));
  for (const auto& [key, item] : changed_)
    if (!item->is_deleted() && item->lease == id) items.push_back(item);
  for (const Item& item : items) erase(item, revision_ + 1);
  if (!items.empty()) ++revision_;
  granted_.erase(id);
  std::erase_if(lease_rows_, [id](const LeaseRow& row) { return row.id == id; });
  dropped_.push_back(id);
}

void TxnBatch::note_alive(LeaseId id, std::chrono::milliseconds ttl) {
  lease_rows_.push_back({.id = id, .ttl = ttl});
}

void TxnBatch::compact(const HistoryLimits& limits) {
  std::size_t bytes = 0;
  for (const Item& event : events_) bytes += event->cost();
  const Revision to = base_.history.compaction_for(events_.size(), bytes, limits);
  if (to <= compacted_) return;
  base_.history.visit(0, [&](const Item& event) {
    if (event->modified > to) return false;
    if (event->is_deleted() || find(event->key) != event) obsolete_.push_back(event);
    return true;
  });
  compacted_ = to;
}

}  // namespace server::store
