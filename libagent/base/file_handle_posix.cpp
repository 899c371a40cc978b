#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "agent/error.hpp"
#include "base/file_handle.hpp"

namespace agent {
namespace {

// Calls the system until `size` bytes are done, it says that there are no more (0), or it fails (errno).
// Returns how many were done.
template <class Step>
std::size_t repeat(std::size_t size, Step step) {
  errno = 0;
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = step(done);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = 0;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

// A system that writes less than all and names no reason has no room.
std::size_t written(std::size_t done, std::size_t size) {
  if (done < size && errno == 0) errno = ENOSPC;
  return done;
}

}  // namespace

FileHandle::FileHandle(FileHandle&& other) noexcept
    : value_(std::exchange(other.value_, -1)), name_(std::move(other.name_)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  if (this == &other) return *this;
  close();
  value_ = std::exchange(other.value_, -1);
  name_ = std::move(other.name_);
  return *this;
}

bool FileHandle::close() { return !is_open() || ::close(static_cast<int>(std::exchange(value_, -1))) == 0; }

void FileHandle::fail(std::string_view verb) const {
  const int reason = errno;
  throw system_error(std::string(verb) + " " + name_, reason);
}

std::size_t FileHandle::read(std::span<char> bytes) const {
  ssize_t count = 0;
  do {
    count = ::read(descriptor(), bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) fail("read");
  return static_cast<std::size_t>(count);
}

std::size_t FileHandle::write_some(std::string_view bytes) const {
  const std::size_t done = repeat(bytes.size(), [&](std::size_t from) {
    return ::write(descriptor(), bytes.data() + from, bytes.size() - from);
  });
  return written(done, bytes.size());
}

void FileHandle::write(std::string_view bytes) const {
  if (write_some(bytes) < bytes.size()) fail("write");
}

std::size_t FileHandle::read_some_at(std::uint64_t offset, std::span<char> bytes) const {
  return repeat(bytes.size(), [&](std::size_t from) {
    return ::pread(descriptor(), bytes.data() + from, bytes.size() - from, static_cast<off_t>(offset + from));
  });
}

std::size_t FileHandle::read_at(std::uint64_t offset, std::span<char> bytes) const {
  const std::size_t done = read_some_at(offset, bytes);
  if (done < bytes.size() && errno != 0) fail("read");
  return done;
}

std::string FileHandle::read_at(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  bytes.resize(read_at(offset, std::span<char>(bytes)));
  return bytes;
}

std::size_t FileHandle::write_some_at(std::uint64_t offset, std::string_view bytes) const {
  const std::size_t done = repeat(bytes.size(), [&](std::size_t from) {
    return ::pwrite(descriptor(), bytes.data() + from, bytes.size() - from,
                    static_cast<off_t>(offset + from));
  });
  return written(done, bytes.size());
}

void FileHandle::write_at(std::uint64_t offset, std::string_view bytes) const {
  if (write_some_at(offset, bytes) < bytes.size()) fail("write");
}

void FileHandle::sync() const {
  if (::fsync(descriptor()) != 0) fail("sync");
}

std::uint64_t FileHandle::size() const {
  struct stat status {};
  if (::fstat(descriptor(), &status) != 0) fail("stat");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace agent
