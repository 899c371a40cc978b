#include "store/store.hpp"

#include <utility>

namespace server::store {

namespace {

agent::Task<TxnAnswer> must_succeed(agent::Task<TxnAnswer> task) {
  TxnAnswer answer = co_await std::move(task);
  if (!answer.succeeded) throw StoreError(Fault::compare_failed, "a condition did not hold", answer.revision);
  co_return answer;
}

}  // namespace

agent::Task<TxnAnswer> commit(Store& store, Txn txn, Time deadline) {
  return must_succeed(store.txn(std::move(txn), deadline));
}

void check_ttl(std::chrono::milliseconds ttl) {
  if (ttl >= kLeastTtl && ttl <= kMostTtl) return;
  throw StoreError(Fault::refused, "ttl: " + std::to_string(ttl.count()) + " ms, must be 1 s to 30 days");
}

}  // namespace server::store
