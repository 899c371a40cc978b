#include "store/store_restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "base/file_handle.hpp"
#include "store/sqlite_file.hpp"
#include "store/sqlite_log.hpp"

namespace server::store {
namespace {

namespace fs = std::filesystem;

// SQLite's files beside one of its own.
constexpr const char* kBeside[] = {"", "-wal", "-shm", "-journal"};

void remove_file(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) throw agent::Error(agent::Errc::io, "remove " + path + ": " + error.message());
}

void remove_files(const std::string& path) {
  for (const char* suffix : kBeside) remove_file(path + suffix);
}

void rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw agent::system_error("rename " + from, errno);
}

void sync_directory(const std::string& path) {
  const std::string directory = fs::path(path).parent_path().string();
  const agent::FileHandle handle(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), directory);
  if (!handle.is_open()) throw agent::system_error("open " + directory, errno);
  handle.sync();
}

// Whoever restores may be root, and the server somebody else.
void give_to_owner_of_directory(const std::string& path) {
  struct stat owner {};
  const std::string directory = fs::path(path).parent_path().string();
  if (::stat(directory.c_str(), &owner) != 0) throw agent::system_error("look at " + directory, errno);
  if (owner.st_uid != ::geteuid() && ::chown(path.c_str(), owner.st_uid, owner.st_gid) != 0)
    throw agent::system_error("chown " + path, errno);
}

// Also of a damaged file, if it can be read at all.
Revision revision_of(const std::string& path) {
  SqliteFile file(path, Sync::full);
  return file.number("SELECT revision FROM store_state");
}

void write_store(const StoreCopy& copy, const std::string& path, RestoredStore& restored) {
  SqliteFile file(path, Sync::full);
  SqliteLog log(file, Sync::full, 0);
  log.load();
  restored.id = log.id();
  log.fill(copy, restored.revision);
  log.close();
}

// The file before stays under another name, and under its own until the new one takes that.
void take_place(const std::string& made, const std::string& path, const std::string& kept) {
  if (fs::exists(path)) {
    remove_files(kept);
    if (::link(path.c_str(), kept.c_str()) != 0) throw agent::system_error("link " + kept, errno);
    if (fs::exists(path + "-wal")) rename_file(path + "-wal", kept + "-wal");
  }
  // A log of the file before is none of the new one.
  for (const char* suffix : {"-wal", "-shm", "-journal"}) remove_file(path + suffix);
  rename_file(made, path);
  sync_directory(path);
}

}  // namespace

RestoredStore restore_store(const StoreCopy& copy, const std::string& path,
                            StorePlace::FileSystemType file_system_type) {
  const StorePlace place(path, file_system_type);
  const std::string made = path + ".restoring";
  RestoredStore restored;
  Revision before = 0;
  if (fs::exists(path)) {
    restored.kept = path + ".before-restore";
    try {
      before = revision_of(path);
    } catch (const agent::Error& error) {
      restored.note = error.what();
    }
  }
  restored.revision = std::max(copy.revision, before) + kRevisionGap;
  try {
    remove_files(made);
    write_store(copy, made, restored);
    give_to_owner_of_directory(made);
    give_to_owner_of_directory(path + ".lock");
    take_place(made, path, restored.kept);
  } catch (const agent::Error&) {
    std::error_code ignored;
    for (const char* suffix : kBeside) fs::remove(made + suffix, ignored);
    throw;
  }
  return restored;
}

}  // namespace server::store
