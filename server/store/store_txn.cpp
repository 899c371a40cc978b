#include "store/store_txn.hpp"

#include <algorithm>

namespace server::store {
namespace {

[[noreturn]] void refuse(const std::string& why, Refusal refusal = Refusal::order) {
  throw StoreError(Fault::refused, why, 0, refusal);
}

template <class T>
bool holds(Compare::Is is, const T& now, const T& then) {
  switch (is) {
    case Compare::Is::equal: return now == then;
    case Compare::Is::not_equal: return now != then;
    case Compare::Is::less: return now < then;
    case Compare::Is::greater: break;
  }
  return now > then;
}

std::int64_t number_of(Compare::Target target, const KeyValue* now) {
  if (now == nullptr) return 0;
  switch (target) {
    case Compare::Target::version: return now->version;
    case Compare::Target::created: return now->created;
    case Compare::Target::modified: return now->modified;
    case Compare::Target::lease: return now->lease;
    case Compare::Target::value: break;
  }
  return 0;
}

void check_put(const PutOp& put) {
  check_key(put.key);
  if (put.value.size() > kMaxValue)
    refuse("value: " + std::to_string(put.value.size()) + " bytes, more than " + std::to_string(kMaxValue));
  if (put.lease < 0) refuse("lease: below 0");
}

void check_operation(const Operation& operation) {
  if (const auto* put = std::get_if<PutOp>(&operation)) return check_put(*put);
  if (const auto* erase = std::get_if<DeleteOp>(&operation)) return check(erase->range);
  check(std::get<GetOp>(operation).range);
}

// etcd refuses the same.
void check_once(const std::vector<Operation>& branch) {
  std::vector<std::string_view> keys;
  for (const Operation& operation : branch)
    if (const auto* put = std::get_if<PutOp>(&operation)) keys.push_back(put->key);
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    refuse("a key is put twice", Refusal::same_key);
  for (const Operation& operation : branch) {
    const auto* erase = std::get_if<DeleteOp>(&operation);
    if (erase == nullptr) continue;
    const auto found = std::lower_bound(keys.begin(), keys.end(), std::string_view(erase->range.begin));
    if (found != keys.end() && erase->range.contains(*found))
      refuse("a key is put and deleted", Refusal::same_key);
  }
}

void check_branch(const std::vector<Operation>& branch) {
  if (branch.size() > kMaxOperations)
    refuse(std::to_string(branch.size()) + " operations, more than " + std::to_string(kMaxOperations));
  for (const Operation& operation : branch) check_operation(operation);
  check_once(branch);
}

std::size_t bytes_of(const std::vector<Operation>& branch) {
  std::size_t sum = 0;
  for (const Operation& operation : branch) {
    if (const auto* put = std::get_if<PutOp>(&operation)) sum += put->key.size() + put->value.size();
    if (const auto* erase = std::get_if<DeleteOp>(&operation))
      sum += erase->range.begin.size() + erase->range.end.size();
    if (const auto* get = std::get_if<GetOp>(&operation))
      sum += get->range.begin.size() + get->range.end.size();
  }
  return sum;
}

}  // namespace

Compare Compare::created_at(std::string_view key, Revision revision) {
  return {.key = std::string(key), .number = revision, .value = {}};
}

Compare Compare::unchanged_since(std::string_view key, Revision revision) {
  return {.key = std::string(key), .target = Target::modified, .number = revision, .value = {}};
}

bool Compare::holds(const KeyValue* now) const {
  if (target != Target::value) return store::holds(is, number_of(target, now), number);
  return now != nullptr && store::holds(is, now->value, value);
}

Txn Txn::put(std::string_view key, std::string_view value, LeaseId lease) {
  Txn txn;
  txn.then.emplace_back(PutOp{std::string(key), std::string(value), lease});
  return txn;
}

Txn Txn::erase(KeyRange range) {
  Txn txn;
  txn.then.emplace_back(DeleteOp{std::move(range)});
  return txn;
}

std::size_t Txn::bytes() const {
  std::size_t sum = bytes_of(then) + bytes_of(otherwise);
  for (const Compare& compare : compares) sum += compare.key.size() + compare.value.size();
  return sum;
}

void check(const Txn& txn) {
  if (txn.compares.size() > kMaxOperations)
    refuse(std::to_string(txn.compares.size()) + " conditions, more than " + std::to_string(kMaxOperations));
  for (const Compare& compare : txn.compares) check_key(compare.key);
  check_branch(txn.then);
  check_branch(txn.otherwise);
  if (txn.bytes() > kMaxTxn)
    refuse("transaction: " + std::to_string(txn.bytes()) + " bytes of keys and values, more than " +
           std::to_string(kMaxTxn));
}

}  // namespace server::store
