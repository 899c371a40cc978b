#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <agent/log.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "upload_root.hpp"

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kName = "exec-agent-uploads-";
constexpr std::string_view kRandomPart = "XXXXXX";
constexpr mode_t kOurs = 0700;
// Others may go through it, but names in it cannot be guessed and it cannot be listed.
constexpr mode_t kNamedByWhoKnows = 0711;

std::string temporary_directory() {
  const char* base = ::getenv("TMPDIR");
  return base != nullptr && *base == '/' ? base : "/tmp";
}

int open_directory(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool has_our_name(std::string_view name) {
  return name.starts_with(kName) && name.size() == kName.size() + kRandomPart.size() &&
         std::all_of(name.begin() + kName.size(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0; });
}

bool is_ours(int directory) {
  struct stat status {};
  if (::fstat(directory, &status) != 0 || status.st_uid != ::geteuid()) return false;
  const mode_t mode = status.st_mode & 07777;
  return mode == kOurs || mode == kNamedByWhoKnows;
}

void remove_if_left(const std::string& path) {
  const int directory = open_directory(path);
  if (directory < 0) return;
  if (is_ours(directory) && ::flock(directory, LOCK_EX | LOCK_NB) == 0) {
    agent::log::info("removing {}, which an agent that was killed has left", path);
    remove_directory(path);
  }
  ::close(directory);
}

}  // namespace

UploadRoot::UploadRoot() {
  make();
  while (!lock()) make();
}

UploadRoot::~UploadRoot() {
  remove_directory(path_);
  if (lock_ >= 0) ::close(lock_);
}

void UploadRoot::make() {
  path_ = temporary_directory() + '/' + std::string(kName) + std::string(kRandomPart);
  if (::mkdtemp(path_.data()) == nullptr) throw agent::system_error("make " + path_, errno);
}

// No: somebody has taken it for left, and removes it. Where there are no locks, nobody takes anything for
// that.
bool UploadRoot::lock() {
  lock_ = open_directory(path_);
  if (lock_ < 0 && errno != ENOENT) throw agent::system_error("open " + path_, errno);
  if (lock_ < 0) return false;
  const bool taken = ::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (!taken && is_there()) return true;
  ::close(std::exchange(lock_, -1));
  return false;
}

bool UploadRoot::is_there() const {
  struct stat status {};
  return ::fstat(lock_, &status) == 0 && status.st_nlink > 0;
}

void open_to_others(const std::string& directory) {
  if (::chmod(directory.c_str(), kNamedByWhoKnows) < 0)
    throw agent::system_error("chmod " + directory, errno);
}

void remove_left_uploads() {
  std::error_code failed;
  for (fs::directory_iterator entry(temporary_directory(), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (has_our_name(entry->path().filename().native())) remove_if_left(entry->path());
  }
}

void remove_directory(const std::string& directory) {
  std::error_code failed;
  fs::remove_all(directory, failed);
  if (failed) agent::log::warn("remove {}: {}", directory, failed.message());
}
