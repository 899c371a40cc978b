#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include "agent/processes.hpp"
#include "base/file_handle.hpp"

namespace agent {
namespace {

// Holds what most files have; a directory's entries come in such pieces.
constexpr std::size_t kFirstBuffer = 32 * 1024;
constexpr std::string_view kSocket = "socket:[";

ProcessFiles::Outcome outcome_of(int error) {
  if (error == ENOENT || error == ESRCH) return ProcessFiles::Outcome::ended;
  if (error == EACCES || error == EPERM) return ProcessFiles::Outcome::refused;
  return ProcessFiles::Outcome::failed;
}

// -1 for an entry that is no number.
int number_of(const char* name) {
  int number = -1;
  const char* end = name + std::strlen(name);
  const auto [stop, error] = std::from_chars(name, end, number);
  return error == std::errc() && stop == end ? number : -1;
}

// Calls `use` with the name of each entry that is a number, and that number. False, with errno, when the
// directory could not be read to its end.
template <class Use>
bool for_each_number(int directory, std::vector<char>& buffer, Use use) {
  for (;;) {
    const ssize_t size = ::getdents64(directory, buffer.data(), buffer.size());
    if (size <= 0) return size == 0;
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      if (const int number = number_of(entry->d_name); number >= 0) use(entry->d_name, number);
      at += entry->d_reclen;
    }
  }
}

// The number in "socket:[4711]", 0 for another link.
std::uint64_t socket_inode(int directory, const char* name) {
  std::array<char, 64> link;
  const ssize_t size = ::readlinkat(directory, name, link.data(), link.size());
  if (size <= 0) return 0;
  const std::string_view text(link.data(), static_cast<std::size_t>(size));
  std::uint64_t inode = 0;
  if (text.starts_with(kSocket))
    std::from_chars(text.data() + kSocket.size(), text.data() + text.size(), inode);
  return inode;
}

}  // namespace

std::uint64_t ticks_per_second() { return static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)); }

std::uint64_t page_size() { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

ProcessFiles::ProcessFiles(const std::filesystem::path& root)
    : directory_(::open((root / "proc").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      buffer_(kFirstBuffer) {}

ProcessFiles::~ProcessFiles() {
  if (directory_ >= 0) ::close(directory_);
}

std::vector<int> ProcessFiles::ids() const {
  std::vector<int> found;
  const FileHandle directory(::openat(directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return found;
  std::vector<char> entries(kFirstBuffer);
  for_each_number(directory.descriptor(), entries, [&found](const char*, int pid) {
    if (pid > 0) found.push_back(pid);
  });
  return found;
}

std::string_view ProcessFiles::read(int pid, std::string_view file, std::size_t limit) {
  const FileHandle opened(open(pid, file, O_RDONLY));
  if (!opened.is_open()) return {};
  if (buffer_.size() < limit) buffer_.resize(limit);
  std::size_t filled = 0;
  while (filled < limit) {
    const std::size_t room = limit - filled;
    const ssize_t size = ::read(opened.descriptor(), buffer_.data() + filled, room);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) outcome_ = outcome_of(errno);
    if (size <= 0) break;
    filled += static_cast<std::size_t>(size);
    // These files come whole into a buffer that holds them; asking once more would be a system call for each.
    if (static_cast<std::size_t>(size) < room) break;
  }
  return {buffer_.data(), filled};
}

void ProcessFiles::for_each_socket(int pid, const UseSocket& use) {
  const FileHandle directory(open(pid, "fd", O_RDONLY | O_DIRECTORY));
  if (!directory.is_open()) return;
  const bool whole = for_each_number(directory.descriptor(), buffer_, [&](const char* name, int descriptor) {
    const std::uint64_t inode = socket_inode(directory.descriptor(), name);
    if (inode != 0) use(descriptor, inode);
  });
  if (!whole) outcome_ = outcome_of(errno);
}

// The descriptor, -1 with outcome_ when there is none.
int ProcessFiles::open(int pid, std::string_view file, int flags) {
  std::array<char, 64> path;
  char* end = std::to_chars(path.data(), path.data() + std::numeric_limits<int>::digits10 + 2, pid).ptr;
  *end++ = '/';
  const std::size_t room = static_cast<std::size_t>(path.data() + path.size() - end) - 1;
  end = std::copy_n(file.data(), std::min(file.size(), room), end);
  *end = '\0';
  const int descriptor = ::openat(directory_, path.data(), flags | O_CLOEXEC);
  outcome_ = descriptor < 0 ? outcome_of(errno) : Outcome::done;
  return descriptor;
}

}  // namespace agent
