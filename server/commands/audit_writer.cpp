#include "commands/audit_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::LogFile;

// Bytes per write: of a few hundred lines.
constexpr std::size_t kBatch = 64 * 1024;
constexpr const char* kFull = "the disk does not keep up, and the ring of lines is full";

}  // namespace

AuditWriter::AuditWriter(const agent::log::Options& log, AuditLimits limits, GapLine gap_line)
    : limits_(limits), gap_line_(std::move(gap_line)), file_(log, LogFile::Clock::now()) {
  open_ring(log.dir + "/" + log.name + ".ring");
  thread_ = std::thread([this] { run(); });
}

void AuditWriter::open_ring(const std::string& path) {
  try {
    ring_ = RingFile::open(path, limits_.ring);
  } catch (const Error& error) {
    if (error.code() == Errc::busy) throw;
    agent::log::error("audit: {}; lines that are not written yet end with this process", error.what());
    ring_ = RingFile::in_memory(limits_.ring);
  }
  if (!ring_->fault().empty()) {
    agent::log::error("audit: {}", ring_->fault());
    file_.write(gap_line_(ring_->fault()), LogFile::Clock::now());
  }
  resume();
  while (write_batch() == Step::some) {
  }
  if (ring_->capacity() == limits_.ring || ring_->used() > 0 || ring_->lost() > 0) return;
  ring_.reset();
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  open_ring(path);
}

// What an earlier process was writing when it ended: as much of that as the file has grown since is there.
void AuditWriter::resume() {
  const auto intent = ring_->intent();
  const auto place = file_.place();
  if (!intent || !place) return;
  if (place->device != intent->device || place->inode != intent->inode || place->size < intent->size) return;
  partly_ = place->size - intent->size;
  has_place_ = true;
}

AuditWriter::~AuditWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

// ---------------------------------------------------------------------------------------------- any thread

void AuditWriter::put(const std::string& line) {
  if (!ring_->put(line) && !wait_for_room(line)) {
    ring_->lost() += 1;
    agent::log::error("audit: a line could not be written: {}: {}", fault().value_or(kFull), line);
    return;
  }
  if (is_asleep_.load()) return wake();
  if (ring_->used() > ring_->capacity() / 2 && !is_hurried_.exchange(true)) wake();
}

void AuditWriter::wake() {
  {
    std::lock_guard lock(mutex_);
    is_asleep_ = false;
  }
  wake_.notify_one();
}

bool AuditWriter::wait_for_room(const std::string& line) {
  std::unique_lock lock(mutex_);
  if (!is_stalled_ && !is_hurried_.exchange(true)) wake_.notify_one();
  const auto has_room = [&] { return ring_->put(line); };
  const bool was_put = is_stalled_ ? has_room() : room_.wait_for(lock, limits_.wait, has_room);
  is_stalled_ = !was_put;
  return was_put;
}

std::uint64_t AuditWriter::ask(std::unique_lock<std::mutex>& lock) {
  lock.lock();
  is_asleep_ = false;
  wake_.notify_one();
  return ++asked_;
}

void AuditWriter::flush() {
  std::unique_lock lock(mutex_, std::defer_lock);
  const std::uint64_t number = ask(lock);
  served_.wait(lock, [&] { return answered_ >= number; });
}

void AuditWriter::reopen() {
  std::unique_lock lock(mutex_, std::defer_lock);
  const std::uint64_t number = ask(lock);
  wants_reopen_ = true;
  if (!served_.wait_for(lock, limits_.reopen, [&] { return answered_ >= number; }))
    throw Error(Errc::timeout, "the audit log is still being written");
  if (!reopen_fault_.empty()) throw Error(Errc::io, reopen_fault_);
}

std::optional<std::string> AuditWriter::fault() {
  std::lock_guard lock(mutex_);
  if (!reason_.empty()) return reason_;
  return is_stalled_ ? std::optional<std::string>(kFull) : std::nullopt;
}

// ---------------------------------------------------------------------------------------------- the thread

void AuditWriter::run() {
  std::unique_lock lock(mutex_);
  for (bool is_over = false; !is_over;) {
    const std::uint64_t asked = asked_;
    const bool reopens = std::exchange(wants_reopen_, false);
    is_over = stopping_;
    lock.unlock();
    Step last = Step::some;
    bool wrote = false;
    while (last == Step::some) {
      last = write_batch();
      wrote = wrote || last == Step::some;
    }
    if (last != Step::failed) is_hurried_ = false;
    if (reopens) open_again();
    lock.lock();
    answered_ = asked;
    served_.notify_all();
    if (!is_over && asked_ == asked) rest(lock, last == Step::nothing && wrote ? Step::some : last);
  }
}

// After lines have come there may soon be others: until the ring was empty for a whole nap nobody must wake
// the thread.
void AuditWriter::rest(std::unique_lock<std::mutex>& lock, Step last) {
  const auto is_asked = [this] { return stopping_ || asked_ != answered_; };
  const auto is_wanted = [&] { return is_asked() || is_hurried_; };
  if (last == Step::failed) {
    wake_.wait_for(lock, limits_.retry, is_asked);
    return;
  }
  if (last == Step::some) {
    wake_.wait_for(lock, limits_.nap, is_wanted);
    return;
  }
  is_asleep_ = true;
  if (ring_->used() > 0) is_asleep_ = false;  // it came just now
  wake_.wait(lock, [&] { return !is_asleep_ || is_wanted(); });
  is_asleep_ = false;
  wake_.wait_for(lock, limits_.nap, is_wanted);
}

AuditWriter::Step AuditWriter::write_batch() {
  std::string lines;
  const RingFile::Position from = ring_->written();
  const RingFile::Position end = ring_->read(from, lines, kBatch);
  if (lines.empty()) {
    if (end != from) ring_->mark(end);
    has_place_ = false;
    fill_gap();
    return Step::nothing;
  }
  if (!has_place_ && !begin_batch(lines.size())) return fail(errno);
  partly_ = std::min(partly_, lines.size());  // somebody else has appended, perhaps
  errno = 0;
  partly_ += file_.append(std::string_view(lines).substr(partly_));
  if (partly_ < lines.size()) return fail(errno);
  ring_->mark(end);
  partly_ = 0;
  has_place_ = false;
  succeed();
  return Step::some;
}

bool AuditWriter::begin_batch(std::size_t size) {
  file_.make_room(size, LogFile::Clock::now());
  const auto place = file_.place();
  if (!place) return false;
  ring_->intend({ring_->written(), place->device, place->inode, place->size});
  has_place_ = true;
  partly_ = 0;
  return true;
}

AuditWriter::Step AuditWriter::fail(int code) {
  const std::string reason = std::generic_category().message(code);
  std::unique_lock lock(mutex_);
  const bool is_new = std::exchange(reason_, reason) != reason;
  lock.unlock();
  if (is_new) agent::log::error("audit: lines wait to be written: {}", reason);
  return Step::failed;
}

void AuditWriter::succeed() {
  std::lock_guard lock(mutex_);
  reason_.clear();
  is_stalled_ = false;
  room_.notify_all();
}

void AuditWriter::fill_gap() {
  if (const std::uint64_t lines = ring_->lost()) {
    if (!file_.write(gap_line_(fmt::format("{} lines are missing: {}", lines, kFull)), LogFile::Clock::now()))
      return;
    ring_->lost() -= lines;
  }
  const std::uint64_t damaged = ring_->damaged() - damaged_;
  if (damaged == 0) return;
  damaged_ += damaged;
  const std::string what = fmt::format("{} lines are missing: damaged by a crash of the machine", damaged);
  file_.write(gap_line_(what), LogFile::Clock::now());
}

void AuditWriter::open_again() {
  const auto before = file_.place();
  std::string fault;
  try {
    file_.reopen();
  } catch (const Error& error) {
    fault = error.what();
  }
  const auto after = file_.place();
  // Another file has nothing of the batch that was begun.
  if (!before || !after || before->inode != after->inode || before->device != after->device)
    has_place_ = false;
  std::lock_guard lock(mutex_);
  reopen_fault_ = std::move(fault);
}

}  // namespace server
