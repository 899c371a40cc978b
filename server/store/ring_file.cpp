#include "store/ring_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "agent/error.hpp"

namespace server {
namespace {

constexpr std::uint64_t kMagic = 0x31474e4952544941;  // "AITRING1"
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHeaderSize = 4096;
constexpr std::uint64_t kCell = sizeof(std::uint64_t);
constexpr std::uint64_t kRecordHead = 2 * kCell;  // its stamp; its size and checksum
// A ring that is empty begins at its front again from here on, so that one which is emptied often keeps
// touching the same few pages.
constexpr std::uint64_t kRewindAt = 128 * 1024;

// What a finished line begins with. It is another one at each position, and no text contains it: it has zero
// bytes up to 8 TB, and JSON has none.
std::uint64_t stamp_of(RingFile::Position at) { return (0xa5d1ULL << 48) | (at / kCell); }

std::uint64_t rounded(std::uint64_t size) { return (size + kCell - 1) / kCell * kCell; }

std::uint32_t sum_of(std::string_view text) {
  constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;
  std::uint64_t sum = text.size();
  const auto mix = [&sum](std::uint64_t word) {
    sum = (sum ^ word) * kMix;
    sum ^= sum >> 32;
  };
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    mix(word);
  }
  if (!text.empty()) {
    word = 0;
    std::memcpy(&word, text.data(), text.size());
    mix(word);
  }
  return static_cast<std::uint32_t>(sum);
}

void* map(const agent::FileHandle& file, std::uint64_t size) {
  const int kind = file.is_open() ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* memory =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, kind, file.is_open() ? file.descriptor() : -1, 0);
  if (memory == MAP_FAILED) throw agent::system_error("map " + file.name(), errno);
  return memory;
}

std::uint64_t usable(std::size_t capacity) { return std::max<std::uint64_t>(capacity / kCell * kCell, 4096); }

// Nobody else may have it: two that put lines would spoil each other's.
agent::FileHandle open_alone(const std::string& path) {
  agent::FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), path);
  if (!file.is_open()) throw agent::system_error("open " + path, errno);
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0)
    throw agent::Error(agent::Errc::busy, path + " is in use");
  return file;
}

// All of its blocks: a page of a full disk could not be written, which would end the process.
void set_aside(const agent::FileHandle& file, std::uint64_t size) {
  if (::ftruncate(file.descriptor(), 0) != 0) throw agent::system_error("empty " + file.name(), errno);
  if (const int code = ::posix_fallocate(file.descriptor(), 0, static_cast<off_t>(size))) {
    [[maybe_unused]] const int emptied = ::ftruncate(file.descriptor(), 0);
    throw agent::system_error("make room for " + file.name(), code);
  }
}

}  // namespace

// At the front of the file. Threads that put, and the one that takes, do not share lines of the cache.
struct RingFile::Header {
  std::atomic<std::uint64_t> magic;  // 0 until the rest is there
  std::uint64_t version;
  std::uint64_t capacity;
  alignas(64) std::atomic<std::uint64_t> reserved;  // where the next line goes
  std::atomic<std::uint64_t> lost;
  alignas(64) std::atomic<std::uint64_t> written;
  std::atomic<std::uint64_t> intended;  // Intent::at + 1, 0 = nothing
  std::uint64_t device;
  std::uint64_t inode;
  std::uint64_t size;
};

std::unique_ptr<RingFile> RingFile::open(const std::string& path, std::size_t capacity) {
  static_assert(sizeof(Header) <= kHeaderSize && std::atomic<std::uint64_t>::is_always_lock_free);
  agent::FileHandle file = open_alone(path);
  std::string fault;
  if (const std::uint64_t size = file.size()) {
    if (size >= kHeaderSize + kCell) {
      std::unique_ptr<RingFile> found(new RingFile(std::move(file), size - kHeaderSize));
      if (found->adopt()) return found;
    }
    const std::string aside = path + ".damaged";
    if (std::rename(path.c_str(), aside.c_str()) != 0) throw agent::system_error("move " + path, errno);
    fault = path + " cannot be read and was moved to " + aside;
    file = open_alone(path);
  }
  set_aside(file, kHeaderSize + usable(capacity));
  std::unique_ptr<RingFile> made(new RingFile(std::move(file), usable(capacity)));
  made->begin();
  made->fault_ = std::move(fault);
  return made;
}

std::unique_ptr<RingFile> RingFile::in_memory(std::size_t capacity) {
  std::unique_ptr<RingFile> made(new RingFile({}, usable(capacity)));
  made->begin();
  return made;
}

RingFile::RingFile(agent::FileHandle file, std::uint64_t capacity)
    : file_(std::move(file)),
      capacity_(capacity),
      header_(static_cast<Header*>(map(file_, kHeaderSize + capacity))),
      ring_(reinterpret_cast<char*>(header_) + kHeaderSize) {}

RingFile::~RingFile() { ::munmap(header_, kHeaderSize + capacity_); }

void RingFile::begin() {
  header_->version = kVersion;
  header_->capacity = capacity_;
  header_->magic.store(kMagic, std::memory_order_release);
}

// Whether it is a ring, as another process has left it.
bool RingFile::adopt() {
  const Position written = header_->written;
  left_end_ = header_->reserved;
  return header_->magic == kMagic && header_->version == kVersion && header_->capacity == capacity_ &&
         capacity_ % kCell == 0 && written % kCell == 0 && left_end_ % kCell == 0 && written <= left_end_ &&
         left_end_ - written <= capacity_;
}

// ------------------------------------------------------------------------------------------- any thread

bool RingFile::put(std::string_view line) {
  const std::uint64_t size = kRecordHead + rounded(line.size());
  Position at = header_->reserved.load(std::memory_order_relaxed);
  do {
    if (at + size - header_->written.load(std::memory_order_acquire) > capacity_) return false;
  } while (!header_->reserved.compare_exchange_weak(at, at + size));
  cell(at + kCell).store(line.size() | std::uint64_t{sum_of(line)} << 32, std::memory_order_relaxed);
  copy_in(at + kRecordHead, line);
  cell(at).store(stamp_of(at), std::memory_order_release);
  return true;
}

std::uint64_t RingFile::used() const {
  const Position written = header_->written.load();  // first: it never overtakes the other
  return header_->reserved.load() - written;
}

std::atomic<std::uint64_t>& RingFile::lost() { return header_->lost; }

std::atomic_ref<std::uint64_t> RingFile::cell(Position at) const {
  return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(ring_ + at % capacity_));
}

void RingFile::copy_in(Position at, std::string_view bytes) {
  const std::size_t offset = at % capacity_;
  const std::size_t first = std::min<std::size_t>(bytes.size(), capacity_ - offset);
  std::memcpy(ring_ + offset, bytes.data(), first);
  std::memcpy(ring_, bytes.data() + first, bytes.size() - first);
}

// ----------------------------------------------------------------------------- the one thread that takes

RingFile::Position RingFile::written() const { return header_->written.load(); }

RingFile::Position RingFile::read(Position from, std::string& out, std::size_t limit) {
  const Position end = header_->reserved.load(std::memory_order_acquire);
  while (from < end && out.size() < limit) {
    const bool is_finished = cell(from).load(std::memory_order_acquire) == stamp_of(from);
    if (is_finished && append(from + kCell, out)) {
      from += kRecordHead + rounded(cell(from + kCell).load() & 0xffffffff);
    } else if (from < left_end_) {
      if (is_finished) ++damaged_;
      from += kCell;
    } else {
      break;
    }
  }
  return from;
}

// False when it is damaged.
bool RingFile::append(Position at, std::string& out) const {
  const std::uint64_t size_and_sum = cell(at).load(std::memory_order_relaxed);
  const std::uint64_t size = size_and_sum & 0xffffffff;
  if (size + kRecordHead > capacity_) return false;
  const std::size_t before = out.size();
  const std::size_t offset = (at + kCell) % capacity_;
  const std::size_t first = std::min(size, capacity_ - offset);
  out.append(ring_ + offset, first).append(ring_, size - first);
  if (sum_of(std::string_view(out).substr(before)) == size_and_sum >> 32) return true;
  out.resize(before);
  return false;
}

void RingFile::intend(const Intent& intent) {
  header_->intended.store(0);
  header_->device = intent.device;
  header_->inode = intent.inode;
  header_->size = intent.size;
  header_->intended.store(intent.at + 1);
}

std::optional<RingFile::Intent> RingFile::intent() const {
  const Position written = header_->written;
  if (header_->intended != written + 1) return std::nullopt;
  return Intent{written, header_->device, header_->inode, header_->size};
}

void RingFile::mark(Position end) {
  header_->written.store(end);
  if (end % capacity_ < kRewindAt) return;
  Position empty_at = end;
  const Position front = (end / capacity_ + 1) * capacity_;
  if (header_->reserved.compare_exchange_strong(empty_at, front)) header_->written.store(front);
}

}  // namespace server
