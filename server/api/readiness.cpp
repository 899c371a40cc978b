#include "api/readiness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace server {
namespace {

// A block of every usual file system: a disk that has less left has nothing left.
constexpr std::size_t kBlock = 4096;

// 0 or errno.
int write_block(int file) {
  const std::array<char, kBlock> block{};
  for (std::size_t done = 0; done < block.size();) {
    const ssize_t written = ::write(file, block.data() + done, block.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written == 0 ? ENOSPC : errno;
    done += static_cast<std::size_t>(written);
  }
  return 0;
}

// 0 or errno.
int try_to_write(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return errno;
  int code = write_block(file);
  if (::close(file) != 0 && code == 0) code = errno;
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
