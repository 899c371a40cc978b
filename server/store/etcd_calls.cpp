#include "store/etcd_calls.hpp"

#include <algorithm>
#include <utility>

namespace server::store {

using agent::Task;
using Repeat = EtcdClient::Repeat;

namespace {

// A transaction that only reads may be sent twice. One that writes may not, also if it has conditions: its
// second answer would say that they did not hold.
Repeat repeat_of(const Txn& txn) {
  const auto reads = [](const Operation& operation) { return std::holds_alternative<GetOp>(operation); };
  const bool is_read = std::all_of(txn.then.begin(), txn.then.end(), reads) &&
                       std::all_of(txn.otherwise.begin(), txn.otherwise.end(), reads);
  return is_read ? Repeat::always : Repeat::if_undone;
}

bool has_changed(const Txn& txn, const TxnAnswer& answer) {
  const auto& branch = answer.succeeded ? txn.then : txn.otherwise;
  for (std::size_t i = 0; i < branch.size(); ++i)
    if (std::holds_alternative<PutOp>(branch[i]) || answer.answers[i].deleted > 0) return true;
  return false;
}

}  // namespace

// A delete of what was listed before is not waited for: nothing in the answer says that there was one.
Task<> EtcdCalls::reach(std::vector<Item> items, Time deadline) {
  Revision newest = 0;
  for (const Item& item : items) newest = std::max(newest, item->modified);
  co_await upstream_.reach(newest, deadline);
}

Task<Snapshot> EtcdCalls::get(KeyRange range, std::size_t limit, Time deadline) {
  Snapshot found = co_await upstream_.list(std::move(range), limit, deadline);
  upstream_.hub()->hear(found.revision);
  co_await reach(found.items, deadline);
  co_return found;
}

Task<TxnAnswer> EtcdCalls::txn(Txn txn, Time deadline) {
  std::string body = txn_request(txn, keys_);
  const Repeat repeat = repeat_of(txn);
  const EtcdClient::Answer answer = co_await client_.call("/v3/kv/txn", std::move(body), repeat, deadline);
  TxnAnswer out = txn_answer(answer.document.root(), txn, keys_);
  upstream_.hub()->hear(out.revision);
  if (has_changed(txn, out)) co_await upstream_.reach(out.revision, deadline);
  for (const OperationAnswer& one : out.answers) co_await reach(one.items, deadline);
  co_return out;
}

// ----------------------------------------------------------------------------------------------- leases

// One that does not exist is one that has no time left, in whichever form a version says so.
Task<EtcdLease> EtcdCalls::lease_call(const char* path, std::string body, Repeat repeat, Time deadline) {
  EtcdClient::Answer answer;
  EtcdLease out;
  try {
    answer = co_await client_.call(path, std::move(body), repeat, deadline);
  } catch (const EtcdError& error) {
    if (error.code != EtcdCode::not_found) throw;
    out.left = std::chrono::seconds(-1);
    co_return out;
  }
  out = lease_answer(answer.document.root(), keys_);
  upstream_.hub()->hear(out.header.revision);
  co_return out;
}

Task<LeaseState> EtcdCalls::grant(std::chrono::milliseconds ttl, LeaseId id, Time deadline) {
  const bool is_own = id == 0;
  if (is_own) id = new_lease_id();
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(ttl);
  std::string body = grant_request(id, seconds);
  const Repeat repeat = is_own ? Repeat::always : Repeat::if_undone;
  EtcdLease lease;
  bool exists = false;
  try {
    lease = co_await lease_call("/v3/lease/grant", std::move(body), repeat, deadline);
  } catch (const EtcdError& error) {
    exists = is_own && error.code == EtcdCode::precondition;
    if (!exists) throw;
  }
  if (exists) {  // by an attempt whose answer was lost
    std::string again = lease_request(id);
    lease = co_await lease_call("/v3/lease/keepalive", std::move(again), Repeat::always, deadline);
  }
  LeaseState out{
      .revision = lease.header.revision, .id = id, .ttl = lease.left, .left = lease.left, .keys = {}};
  co_return out;
}

Task<std::optional<LeaseState>> EtcdCalls::keep_alive(LeaseId id, Time deadline) {
  std::string body = lease_request(id);
  const EtcdLease lease =
      co_await lease_call("/v3/lease/keepalive", std::move(body), Repeat::always, deadline);
  std::optional<LeaseState> out;
  if (lease.left.count() > 0)
    out = LeaseState{
        .revision = lease.header.revision, .id = id, .ttl = lease.left, .left = lease.left, .keys = {}};
  co_return out;
}

Task<bool> EtcdCalls::revoke(LeaseId id, Time deadline) {
  std::string body = lease_request(id);
  EtcdClient::Answer answer;
  try {
    answer = co_await client_.call("/v3/lease/revoke", std::move(body), Repeat::always, deadline);
  } catch (const EtcdError& error) {
    if (error.code != EtcdCode::not_found) throw;
    co_return false;
  }
  upstream_.hub()->hear(header_of(answer.document.root()).revision);
  co_return true;
}

Task<std::optional<LeaseState>> EtcdCalls::lease(LeaseId id, Time deadline) {
  std::string body = lease_keys_request(id);
  EtcdLease lease = co_await lease_call("/v3/lease/timetolive", std::move(body), Repeat::always, deadline);
  std::optional<LeaseState> out;
  if (lease.left.count() < 0) co_return out;
  out = LeaseState{.revision = lease.header.revision,
                   .id = id,
                   .ttl = lease.granted,
                   .left = lease.left,
                   .keys = std::move(lease.keys)};
  co_return out;
}

}  // namespace server::store
