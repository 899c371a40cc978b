// EtcdMark: the key beside a store's keys that says their format, and which store they are: it has a new id
// once somebody finds that an older state was restored, so that all servers know. Pure; any thread.
#pragma once

#include <string>

#include "store/store_txn.hpp"

namespace server::store {

inline constexpr int kEtcdFormat = 1;

struct EtcdMark {
  int format = kEtcdFormat;
  std::string id;
};

// {"format":1,"id":"..."}
std::string encode(const EtcdMark& mark);
// Throws Fault::refused: of a newer version, or not a mark.
EtcdMark decode_mark(const std::string& key, std::string text);

// One with a new id.
EtcdMark new_mark();
// Writes a mark if the key is as it was at that revision (0: not there).
Txn write_mark(const std::string& key, const EtcdMark& mark, Revision modified);

}  // namespace server::store
