// StorePlace: where the embedded store's file is: on a file system that it can rely on, and nobody else's.
#pragma once

#include <optional>
#include <string>

#include "base/file_handle.hpp"

namespace server::store {

// The name of a file system, by the type that statfs(2) gives, on which locks, or the order in which writes
// reach the disk, are not what SQLite needs: "NFS". Nothing: the file system will do.
std::optional<std::string> unfit_file_system(long type);

class StorePlace {
 public:
  using FileSystemType = long (*)(const std::string& path);
  // That of a directory. Throws Errc::io.
  static long file_system_type(const std::string& directory);

  // Locks `path` + ".lock" while it lives. Throws Errc::io with the remedy: the file system is unfit, or the
  // file is another process's, or another store's of this one.
  explicit StorePlace(const std::string& path, FileSystemType type = file_system_type);

 private:
  agent::FileHandle lock_;
};

}  // namespace server::store
