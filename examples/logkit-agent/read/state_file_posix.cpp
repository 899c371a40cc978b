#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "state_file.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const std::string& path) {
  throw agent::system_error(std::string(what) + " " + path, errno);
}

int open_file(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) fail("open", path);
  return descriptor;
}

void write_all(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write", path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void sync_directory(const std::string& path) {
  const std::string directory = fs::path(path).parent_path().string();
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void make_directory(const std::string& path) {
  std::error_code error;
  const fs::path directory = fs::path(path).parent_path();
  const bool is_new = fs::create_directories(directory, error);
  if (error) throw agent::system_error("make " + directory.string(), error.value());
  if (is_new) ::chmod(directory.c_str(), 0700);
}

void write_file(const std::string& path, std::string_view content, bool is_synced) {
  const int descriptor = open_file(path, O_TRUNC);
  try {
    write_all(descriptor, content, path);
    if (is_synced && ::fsync(descriptor) != 0) fail("sync", path);
  } catch (...) {
    ::close(descriptor);
    ::unlink(path.c_str());
    throw;
  }
  ::close(descriptor);
}

void put_in_place(const std::string& path, std::string_view content, bool is_synced) {
  make_directory(path);
  const std::string temporary = path + ".new";
  write_file(temporary, content, is_synced);
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail("rename", temporary);
}

bool ends_a_line(int descriptor, std::uint64_t size) {
  char last = '\n';
  return size == 0 || (::pread(descriptor, &last, 1, static_cast<off_t>(size - 1)) == 1 && last == '\n');
}

}  // namespace

void replace_file(const std::string& path, std::string_view content) { put_in_place(path, content, false); }

void replace_file_synced(const std::string& path, std::string_view content) {
  put_in_place(path, content, true);
  sync_directory(path);
}

StateFile::StateFile(std::string path) : path_(std::move(path)) {
  make_directory(path_);
  open();
}

void StateFile::open() {
  close();
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor_ < 0) fail("open", path_);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("look at", path_);
  size_ = static_cast<std::uint64_t>(status.st_size);
  is_torn_ = !ends_a_line(descriptor_, size_);
}

void StateFile::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void StateFile::append(std::string_view text) {
  const std::string whole = (is_torn_ ? "\n" : "") + std::string(text);
  is_torn_ = true;
  write_all(descriptor_, whole, path_);
  is_torn_ = false;
  size_ += whole.size();
}

void StateFile::sync() {
  if (::fdatasync(descriptor_) != 0) fail("sync", path_);
}

bool StateFile::is_in_place() const {
  struct stat named {};
  struct stat open {};
  return ::stat(path_.c_str(), &named) == 0 && ::fstat(descriptor_, &open) == 0 &&
         named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

void StateFile::replace(std::string_view content, const std::string& old_path) {
  make_directory(path_);
  const std::string temporary = path_ + ".new";
  write_file(temporary, content, true);
  // A moment without the file would be a moment without its content.
  ::unlink(old_path.c_str());
  if (::link(path_.c_str(), old_path.c_str()) != 0 && errno != ENOENT) fail("link", old_path);
  if (::rename(temporary.c_str(), path_.c_str()) != 0) fail("rename", temporary);
  sync_directory(path_);
  open();
}

}  // namespace logkit
