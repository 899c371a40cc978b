// Txn: conditions, and what is done at once when they hold or when they do not. Values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/key_value.hpp"

namespace server::store {

// etcd's limits, which hold whatever the engine: operations of one branch, and conditions.
inline constexpr std::size_t kMaxOperations = 128;
// Keys and values of a whole transaction. etcd refuses requests of 1.5 MiB.
inline constexpr std::size_t kMaxTxn = 1280 * 1024;

// A condition on one key. A key that is not there has 0 everywhere, and no value, whatever it is compared to.
struct Compare {
  enum class Target { value, version, created, modified, lease };
  enum class Is { equal, not_equal, less, greater };

  std::string key;
  Target target = Target::created;
  Is is = Is::equal;
  std::int64_t number = 0;
  std::string value;  // with Target::value

  static Compare absent(std::string_view key) { return {.key = std::string(key), .value = {}}; }
  static Compare created_at(std::string_view key, Revision revision);
  static Compare unchanged_since(std::string_view key, Revision revision);

  // `now`: null when the key is not there.
  bool holds(const KeyValue* now) const;
};

struct PutOp {
  std::string key;
  std::string value;
  LeaseId lease = 0;  // the key is deleted with it; 0: with none
};
struct DeleteOp {
  KeyRange range;
};
struct GetOp {
  KeyRange range;
  std::size_t limit = 0;  // keys; 0 = all
};
using Operation = std::variant<PutOp, DeleteOp, GetOp>;

// One or the other branch is done, in its order, at one revision. Within a branch no key is put twice, nor
// put and deleted.
struct Txn {
  std::vector<Compare> compares;
  std::vector<Operation> then;
  std::vector<Operation> otherwise;

  static Txn put(std::string_view key, std::string_view value, LeaseId lease = 0);
  static Txn erase(KeyRange range);

  std::size_t bytes() const;
};

struct OperationAnswer {
  std::vector<Item> items;  // of a GetOp
  bool more = false;
  std::size_t deleted = 0;  // keys that a DeleteOp found
};

struct TxnAnswer {
  Revision revision = 0;   // of the store after it: the transaction's own if it changed anything
  bool succeeded = false;  // `then` was done
  std::vector<OperationAnswer> answers;
};

// Throws Fault::refused: what no engine takes, with the place and the limit.
void check(const Txn& txn);

}  // namespace server::store
