// restore_store: a new embedded store with what a copy has, in the place of the one that was there.
#pragma once

#include <string>

#include "store/store_copy.hpp"
#include "store/store_place.hpp"

namespace server::store {

struct RestoredStore {
  std::string id;         // a new one, so that every watch lists again
  Revision revision = 0;  // beyond that of the copy and that of the store before
  std::string kept;       // where the store before is now; "" = there was none
  std::string note;       // why the revision of the store before is not known; "" = it is
};

// While no store is open there. All or nothing: until the new file is whole and on the disk, the one before
// is in its place. Each lease has its whole ttl again from the first start on. Throws Errc::io: as
// SqliteStore, or the disk is full. Blocks.
RestoredStore restore_store(const StoreCopy& copy, const std::string& path,
                            StorePlace::FileSystemType file_system_type = StorePlace::file_system_type);

}  // namespace server::store
