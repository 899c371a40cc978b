#include "tests/server/store/memory_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <vector>

namespace test {
namespace {

constexpr std::size_t kSector = 512;

struct Write {
  std::size_t offset;
  std::string bytes;
  bool is_truncation;
};

struct Content {
  std::string now;
  std::string synced;
  std::vector<Write> unsynced;
};

void write_at(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  std::memcpy(content.data() + offset, bytes.data(), bytes.size());
}

}  // namespace

struct MemoryDisk::State {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Content>> files;
  std::size_t operations_left = std::numeric_limits<std::size_t>::max();
  bool cut = false;
  std::string name;
  sqlite3_vfs vfs{};

  // Whether it is still done.
  bool count() {
    if (operations_left == 0) cut = true;
    if (!cut) --operations_left;
    return !cut;
  }
};

namespace {

using State = MemoryDisk::State;

struct File {
  sqlite3_file base;
  State* disk;
  std::shared_ptr<Content> content;
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
State& of(sqlite3_vfs* vfs) { return *static_cast<State*>(vfs->pAppData); }
sqlite3_vfs* usual() { return sqlite3_vfs_find(nullptr); }

int close(sqlite3_file* file) {
  of(file).content.~shared_ptr();
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  std::lock_guard lock(of(file).disk->mutex);
  const std::string& now = of(file).content->now;
  const auto begin = static_cast<std::size_t>(offset);
  const auto wanted = static_cast<std::size_t>(count);
  const std::size_t got = begin < now.size() ? std::min(wanted, now.size() - begin) : 0;
  if (got > 0) std::memcpy(out, now.data() + begin, got);
  std::memset(static_cast<char*>(out) + got, 0, wanted - got);
  return got == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  std::lock_guard lock(of(file).disk->mutex);
  if (!of(file).disk->count()) return SQLITE_IOERR_WRITE;
  Content& content = *of(file).content;
  const std::string text(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
  write_at(content.now, static_cast<std::size_t>(offset), text);
  content.unsynced.push_back({static_cast<std::size_t>(offset), text, false});
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  std::lock_guard lock(of(file).disk->mutex);
  if (!of(file).disk->count()) return SQLITE_IOERR_TRUNCATE;
  Content& content = *of(file).content;
  content.now.resize(static_cast<std::size_t>(size));
  content.unsynced.push_back({static_cast<std::size_t>(size), {}, true});
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int /*flags*/) {
  std::lock_guard lock(of(file).disk->mutex);
  if (!of(file).disk->count()) return SQLITE_IOERR_FSYNC;
  Content& content = *of(file).content;
  content.synced = content.now;
  content.unsynced.clear();
  return SQLITE_OK;
}

int size_of(sqlite3_file* file, sqlite3_int64* out) {
  std::lock_guard lock(of(file).disk->mutex);
  *out = static_cast<sqlite3_int64>(of(file).content->now.size());
  return SQLITE_OK;
}

int lock(sqlite3_file* /*file*/, int /*level*/) { return SQLITE_OK; }
int is_locked(sqlite3_file* /*file*/, int* out) {
  *out = 0;
  return SQLITE_OK;
}
int control(sqlite3_file* /*file*/, int /*what*/, void* /*argument*/) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file* /*file*/) { return static_cast<int>(kSector); }
int characteristics(sqlite3_file* /*file*/) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods out = [] {
    sqlite3_io_methods io{};
    io.iVersion = 1;
    io.xClose = close;
    io.xRead = read;
    io.xWrite = write;
    io.xTruncate = truncate;
    io.xSync = sync;
    io.xFileSize = size_of;
    io.xLock = lock;
    io.xUnlock = lock;
    io.xCheckReservedLock = is_locked;
    io.xFileControl = control;
    io.xSectorSize = sector_size;
    io.xDeviceCharacteristics = characteristics;
    return io;
  }();
  return out;
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  State& disk = of(vfs);
  std::lock_guard lock(disk.mutex);
  new (file) File{{}, &disk, nullptr};
  if (name == nullptr) {
    of(file).content = std::make_shared<Content>();
  } else {
    auto& content = disk.files[name];
    if (!content) content = std::make_shared<Content>();
    of(file).content = content;
  }
  file->pMethods = &methods();
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int erase(sqlite3_vfs* vfs, const char* name, int /*sync*/) {
  std::lock_guard lock(of(vfs).mutex);
  if (!of(vfs).count()) return SQLITE_IOERR_DELETE;
  of(vfs).files.erase(name);
  return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* name, int /*what*/, int* out) {
  std::lock_guard lock(of(vfs).mutex);
  *out = of(vfs).files.contains(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* /*vfs*/, int count, char* out) {
  return usual()->xRandomness(usual(), count, out);
}
int pause(sqlite3_vfs* /*vfs*/, int microseconds) { return microseconds; }
int time_now(sqlite3_vfs* /*vfs*/, double* out) { return usual()->xCurrentTime(usual(), out); }

void set_up(State& state) {
  static std::atomic<int> count{0};
  state.name = "memory-disk-" + std::to_string(++count);
  sqlite3_vfs& vfs = state.vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(File);
  vfs.mxPathname = 512;
  vfs.zName = state.name.c_str();
  vfs.pAppData = &state;
  vfs.xOpen = open;
  vfs.xDelete = erase;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = pause;
  vfs.xCurrentTime = time_now;
  sqlite3_vfs_register(&vfs, 0);
}

// Each sector that a write touches is its own.
void keep_parts(Content& content, std::mt19937_64& random) {
  std::string out = content.synced;
  for (const Write& write : content.unsynced) {
    if (write.is_truncation) {
      if (random() % 2 == 0) out.resize(write.offset);
      continue;
    }
    for (std::size_t at = 0; at < write.bytes.size();) {
      const std::size_t begin = write.offset + at;
      const std::size_t count = std::min(kSector - begin % kSector, write.bytes.size() - at);
      if (random() % 2 == 0) write_at(out, begin, std::string_view(write.bytes).substr(at, count));
      at += count;
    }
  }
  content.now = out;
  content.synced = std::move(out);
  content.unsynced.clear();
}

}  // namespace

MemoryDisk::MemoryDisk() : state_(std::make_shared<State>()) { set_up(*state_); }
MemoryDisk::~MemoryDisk() { sqlite3_vfs_unregister(&state_->vfs); }

const std::string& MemoryDisk::vfs() const { return state_->name; }

void MemoryDisk::cut_after(std::size_t operations) {
  std::lock_guard lock(state_->mutex);
  state_->operations_left = operations;
}

bool MemoryDisk::is_cut() const {
  std::lock_guard lock(state_->mutex);
  return state_->cut;
}

void MemoryDisk::power_on(std::uint64_t seed) {
  std::lock_guard lock(state_->mutex);
  std::mt19937_64 random(seed);
  for (auto& [name, content] : state_->files) keep_parts(*content, random);
  state_->cut = false;
  state_->operations_left = std::numeric_limits<std::size_t>::max();
}

std::size_t MemoryDisk::size(const std::string& path) const {
  std::lock_guard lock(state_->mutex);
  const auto found = state_->files.find(path);
  return found == state_->files.end() ? 0 : found->second->now.size();
}

}  // namespace test
