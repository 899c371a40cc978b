#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "output_file.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;

void make_directory(const fs::path& directory) {
  std::error_code error;
  if (!directory.empty()) fs::create_directories(directory, error);
  if (error) throw agent::system_error("make " + directory.string(), error.value());
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(path) {
  make_directory(fs::path(path).parent_path());
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
  if (descriptor_ < 0) throw agent::system_error("open " + path, errno);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw agent::Error(agent::Errc::wrong_type, path + ": not a regular file");
  }
  key_ = {status.st_dev, status.st_ino};
  std::error_code error;
  resolved_ = fs::canonical(path, error).string();
  try {
    cut_torn_line();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

OutputFile::~OutputFile() { ::close(descriptor_); }

void OutputFile::cut_torn_line() {
  std::array<char, 4096> buffer;
  const off_t size = ::lseek(descriptor_, 0, SEEK_END);
  for (off_t end = size; end > 0;) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(buffer.size()));
    const auto count = ::pread(descriptor_, buffer.data(), static_cast<std::size_t>(end - begin), begin);
    if (count != end - begin) throw agent::system_error("read " + path_, errno);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(count));
    const std::size_t found = text.rfind('\n');
    end = begin + (found == std::string_view::npos ? 0 : static_cast<off_t>(found) + 1);
    if (found == std::string_view::npos && end > 0) continue;
    if (end < size) end_torn_line(end);
    return;
  }
}

// A line that cannot be ours gets its end instead.
void OutputFile::end_torn_line(std::int64_t begin) {
  char first = 0;
  const bool is_ours =
      ::pread(descriptor_, &first, 1, static_cast<off_t>(begin)) == 1 && (first == '{' || first == '[');
  if (is_ours && ::ftruncate(descriptor_, static_cast<off_t>(begin)) != 0)
    throw agent::system_error("cut " + path_, errno);
  if (!is_ours) append("\n");
}

void OutputFile::append(std::string_view text) {
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  while (!text.empty()) {
    const auto count = ::write(descriptor_, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    const int reason = errno;
    // What is left if even that fails is cut off when the file is opened again.
    if (::ftruncate(descriptor_, before) != 0) throw agent::system_error("cut " + path_, errno);
    throw agent::system_error("write " + path_, reason);
  }
}

bool OutputFile::is_in_place() const {
  FileFacts facts;
  return look_at(path_, facts) && facts.key == key_;
}

}  // namespace logkit
