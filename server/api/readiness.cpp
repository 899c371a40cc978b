#include "api/readiness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file_handle.hpp"

namespace server {
namespace {

// A block of every usual file system: a disk that has less left has nothing left.
constexpr std::size_t kBlock = 4096;

// 0 or errno.
int try_to_write(const std::string& path) {
  const std::string block(kBlock, '\0');
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  agent::FileHandle file(::open(path.c_str(), flags, 0600));
  if (!file.is_open()) return errno;
  int code = file.write_some(block) < block.size() ? errno : 0;
  if (!file.close() && code == 0) code = errno;
  if (::unlink(path.c_str()) != 0 && code == 0) code = errno;
  return code;
}

}  // namespace

Readiness::Readiness(std::string data_dir, Audit& audit) : data_dir_(std::move(data_dir)), audit_(audit) {}

std::optional<std::string> Readiness::fault(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (looked_ && now - *looked_ < kPeriod) return found_;
  looked_ = now;
  found_.reset();
  if (const int code = try_to_write(data_dir_ + "/.writable")) {
    found_ = "data_dir cannot be written: " + std::generic_category().message(code);
  } else if (const auto reason = audit_.fault()) {
    found_ = "the audit log cannot be written: " + *reason;
  }
  return found_;
}

}  // namespace server
