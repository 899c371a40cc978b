#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>

#include "agent/error.hpp"
#include "base/spool_disk.hpp"

namespace agent::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".records";
constexpr std::size_t kDigits = 16;
constexpr mode_t kMode = 0600;

std::optional<std::uint64_t> first_of(const std::string& name) {
  if (name.size() != kDigits + kEnding.size() || !name.ends_with(kEnding)) return std::nullopt;
  std::uint64_t first = 0;
  const char* const end = name.data() + kDigits;
  const auto result = std::from_chars(name.data(), end, first, 16);
  if (result.ec != std::errc{} || result.ptr != end || first == 0) return std::nullopt;
  return first;
}

}  // namespace

std::string records_path(const std::string& directory, std::uint64_t first) {
  return fmt::format("{}/{:016x}{}", directory, first, kEnding);
}

std::vector<std::uint64_t> list_records(const std::string& directory) {
  std::vector<std::uint64_t> firsts;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      if (const auto first = first_of(entry.path().filename().string())) firsts.push_back(*first);
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(Errc::io, fmt::format("list {}: {}", directory, error.code().message()));
  }
  std::sort(firsts.begin(), firsts.end());
  return firsts;
}

FileHandle open_alone(const std::string& path) {
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode), path);
  if (!file.is_open()) throw system_error("open " + path, errno);
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno == EWOULDBLOCK) throw Error(Errc::busy, path + ": another process has it open");
  throw system_error("lock " + path, errno);
}

FileHandle make_records(const std::string& path) {
  return FileHandle(
      ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode), path);
}

FileHandle open_records(const std::string& path) {
  return FileHandle(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW), path);
}

bool cut_off(const FileHandle& file, std::uint64_t size) {
  return ::ftruncate(file.descriptor(), static_cast<off_t>(size)) == 0;
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

}  // namespace agent::spool
