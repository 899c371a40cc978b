// StoreModel: what a store is, in its simplest form: a map that one transaction after the other changes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/store_txn.hpp"

namespace test {

class StoreModel {
 public:
  explicit StoreModel(server::store::Revision revision) : revision_(revision) {}

  // Does a transaction and gives what its answer must be.
  server::store::TxnAnswer apply(const server::store::Txn& txn);
  // The same of one that changes nothing.
  server::store::TxnAnswer look(const server::store::Txn& txn) const;

  server::store::Revision revision() const { return revision_; }
  // Every change there was, in order.
  const std::vector<server::store::KeyValue>& changes() const { return changes_; }

 private:
  using Keys = std::map<std::string, server::store::KeyValue>;

  Keys keys_;
  server::store::Revision revision_;
  std::vector<server::store::KeyValue> changes_;
};

// "then 7: [a=1@3.5.2 more] [deleted 2]": everything that an answer says.
std::string text(const server::store::TxnAnswer& answer);
std::string text(const server::store::KeyValue& change);

}  // namespace test
