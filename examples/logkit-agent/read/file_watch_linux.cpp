#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "file_watch.hpp"

namespace logkit {
namespace {

constexpr std::uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |
                                 IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_Q_OVERFLOW;

// For poll(); what has passed is no time.
int milliseconds(std::chrono::nanoseconds limit) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(std::max(limit, std::chrono::nanoseconds(0)));
  return static_cast<int>(std::min<std::int64_t>(ms.count(), 60'000));
}

}  // namespace

FileWatch::FileWatch() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw agent::system_error("eventfd", errno);
  changes_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  is_watching_ = changes_ >= 0;
}

FileWatch::~FileWatch() {
  ::close(wake_);
  if (changes_ >= 0) ::close(changes_);
}

void FileWatch::watch(const std::set<std::string>& directories) {
  if (changes_ < 0) return;
  is_watching_ = true;
  for (auto known = watches_.begin(); known != watches_.end();) {
    const bool is_wanted = directories.contains(known->first);
    if (!is_wanted) {
      auto& paths = paths_[known->second];
      paths.erase(known->first);
      if (paths.empty()) ::inotify_rm_watch(changes_, known->second);
    }
    known = is_wanted ? std::next(known) : watches_.erase(known);
  }
  for (const std::string& directory : directories)
    if (!watches_.contains(directory)) add(directory);
}

void FileWatch::add(const std::string& directory) {
  constexpr std::uint32_t kWanted = IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  const int watch = ::inotify_add_watch(changes_, directory.empty() ? "." : directory.c_str(), kWanted);
  if (watch < 0) {
    is_watching_ = is_watching_ && errno == ENOENT;
    return;
  }
  watches_[directory] = watch;
  paths_[watch].insert(directory);
}

void FileWatch::read_changes(FileChanges& changes) {
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  for (;;) {
    const auto size = ::read(changes_, buffer.data(), buffer.size());
    if (size <= 0) return;
    for (const char* at = buffer.data(); at < buffer.data() + size;) {
      inotify_event event;
      std::memcpy(&event, at, sizeof event);
      const char* const name = at + sizeof event;
      at = name + event.len;
      if ((event.mask & kNames) != 0) changes.names = true;
      if ((event.mask & IN_IGNORED) != 0) {
        for (const std::string& path : paths_[event.wd]) watches_.erase(path);
        paths_.erase(event.wd);
        continue;
      }
      if ((event.mask & IN_MODIFY) == 0 || event.len == 0) continue;
      for (const std::string& path : paths_[event.wd]) changes.written.push_back(path + "/" + name);
    }
  }
}

bool FileWatch::take_wake() {
  std::uint64_t count = 0;
  return ::read(wake_, &count, sizeof count) > 0;
}

bool FileWatch::pause(std::chrono::nanoseconds limit) {
  pollfd polled{wake_, POLLIN, 0};
  ::poll(&polled, 1, milliseconds(limit));
  return take_wake();
}

FileChanges FileWatch::wait(std::chrono::nanoseconds limit) {
  std::array<pollfd, 2> polled{pollfd{wake_, POLLIN, 0}, pollfd{changes_, POLLIN, 0}};
  ::poll(polled.data(), changes_ >= 0 ? 2 : 1, milliseconds(limit));
  take_wake();
  FileChanges changes;
  if (changes_ >= 0 && polled[1].revents != 0) read_changes(changes);
  std::sort(changes.written.begin(), changes.written.end());
  changes.written.erase(std::unique(changes.written.begin(), changes.written.end()), changes.written.end());
  return changes;
}

void FileWatch::wake() {
  const std::uint64_t one = 1;
  if (::write(wake_, &one, sizeof one) < 0) return;  // it is awake already
}

}  // namespace logkit
