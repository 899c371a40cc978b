#include "files/backlog.hpp"

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

namespace server {
namespace {

// So much is read from the disk at once.
constexpr std::uint64_t kBatch = 256 * 1024;

}  // namespace

agent::Task<> Backlog::push(std::string bytes) {
  if (disk_begin_ == disk_end_ && memory_bytes_ + bytes.size() <= kBacklogMemory) {
    memory_bytes_ += bytes.size();
    memory_.push_back(std::move(bytes));
    changed_.cancel();
    co_return;
  }
  if (disk_begin_ == disk_end_) disk_begin_ = disk_end_ = 0;
  const std::uint64_t size = bytes.size();
  writing_ = true;
  auto write = [this, at = disk_end_, bytes = std::move(bytes)] {
    if (!disk_) disk_ = std::make_shared<StoredFile>(directory_);
    disk_->write(at, bytes);
    return true;
  };
  co_await pool_.run(std::move(write));
  writing_ = false;
  disk_end_ += size;
  spilled_ += size;
  changed_.cancel();
}

void Backlog::end(std::exception_ptr error) {
  ended_ = true;
  error_ = std::move(error);
  changed_.cancel();
}

agent::Task<std::string> Backlog::take() {
  for (;;) {
    if (!memory_.empty()) {
      std::string bytes = std::move(memory_.front());
      memory_.pop_front();
      memory_bytes_ -= bytes.size();
      co_return bytes;
    }
    if (disk_begin_ < disk_end_) co_return co_await take_stored();
    if (ended_ && error_) std::rethrow_exception(error_);
    if (ended_) co_return std::string();
    changed_.expires_at(asio::steady_timer::time_point::max());
    asio::error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    co_await changed_.async_wait(token);
  }
}

agent::Task<std::string> Backlog::take_stored() {
  const auto count = static_cast<std::size_t>(std::min(kBatch, disk_end_ - disk_begin_));
  auto read = [disk = disk_, at = disk_begin_, count] { return disk->read(at, count); };
  std::string bytes = co_await pool_.run(read);
  disk_begin_ += count;
  co_return bytes;
}

}  // namespace server
