#include "files/backlog.hpp"

#include <algorithm>

namespace server {

agent::Task<> Backlog::write(std::string bytes) {
  const std::uint64_t size = bytes.size();
  if (disk_begin_ == disk_end_ && memory_bytes_ + size <= kBacklogMemory) {
    memory_bytes_ += size;
    memory_.push_back(std::move(bytes));
    changed_.wake();
    co_return;
  }
  if (disk_begin_ == disk_end_) disk_begin_ = disk_end_ = 0;
  auto store = [this, at = disk_end_, bytes = std::move(bytes)] {
    if (!disk_) disk_ = std::make_shared<StoredFile>(directory_);
    disk_->write(at, bytes);
    return true;
  };
  co_await pool_.run(std::move(store));
  disk_end_ += size;
  spilled_ += size;
  changed_.wake();
}

void Backlog::end(std::exception_ptr error) {
  ended_ = true;
  error_ = std::move(error);
  changed_.wake();
}

agent::Task<std::string> Backlog::read() {
  while (memory_.empty() && disk_begin_ == disk_end_ && !ended_) co_await changed_.wait();
  if (!memory_.empty()) {
    std::string bytes = std::move(memory_.front());
    memory_.pop_front();
    memory_bytes_ -= bytes.size();
    co_return bytes;
  }
  if (disk_begin_ < disk_end_) co_return co_await read_stored();
  if (error_) std::rethrow_exception(error_);
  co_return std::string();
}

agent::Task<std::string> Backlog::read_stored() {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kStoredBatch, disk_end_ - disk_begin_));
  auto read = [disk = disk_, at = disk_begin_, count] { return disk->read(at, count); };
  std::string bytes = co_await pool_.run(read);
  disk_begin_ += count;
  co_return bytes;
}

}  // namespace server
