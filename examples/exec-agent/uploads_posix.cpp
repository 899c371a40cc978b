#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <agent/log.hpp>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <vector>

#include "uploads.hpp"

namespace fs = std::filesystem;

namespace {

std::optional<uid_t> find_user(const std::string& name) {
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? std::optional(found->pw_uid) : std::nullopt;
}

void give(const std::string& path, uid_t user) {
  if (::lchown(path.c_str(), user, static_cast<gid_t>(-1)) < 0)
    throw agent::system_error("chown " + path, errno);
}

}  // namespace

std::string Uploads::make() {
  const std::lock_guard lock(mutex_);
  if (!root_ || !root_->is_there()) root_.emplace();
  std::string directory = root_->path() + "/XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) throw agent::system_error("make " + directory, errno);
  uploads_[directory];
  return directory;
}

Uploads::Table::const_iterator Uploads::find(const std::string& file) const {
  const auto place = uploads_.find(fs::path(file).parent_path());
  return place != uploads_.end() && place->second.file == file ? place : uploads_.end();
}

void Uploads::received(const std::string& file) {
  const std::lock_guard lock(mutex_);
  const auto place = uploads_.find(fs::path(file).parent_path());
  if (place != uploads_.end()) place->second = {.file = file, .received = Clock::now()};
}

void Uploads::give_up(const std::string& directory) {
  {
    const std::lock_guard lock(mutex_);
    if (uploads_.erase(directory) == 0) return;
  }
  remove_directory(directory);
}

bool Uploads::knows(const std::string& file) const {
  const std::lock_guard lock(mutex_);
  return find(file) != uploads_.end();
}

void Uploads::hold(const std::string& file) {
  const std::lock_guard lock(mutex_);
  const auto place = find(file);
  if (place != uploads_.end()) uploads_[place->first].held = true;
}

void Uploads::share(const std::string& file, const std::string& user) {
  if (!knows(file)) return;
  const std::string directory = fs::path(file).parent_path();
  const std::optional<uid_t> id = find_user(user);
  if (!id || *id == ::geteuid() || *id == 0) return;  // unknown, or can read it already
  open_to_others(root_->path());
  if (::geteuid() == 0) {
    give(file, *id);
    give(directory, *id);
  } else {
    open_to_others(directory);
  }
}

bool Uploads::remove(const std::string& file) {
  if (!knows(file)) return false;
  give_up(fs::path(file).parent_path());
  return true;
}

void Uploads::remove_old(std::chrono::nanoseconds stay) {
  std::vector<std::string> old;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [directory, upload] : uploads_) {
      const bool waits = !upload.file.empty() && !upload.held;
      if (waits && Clock::now() - upload.received > stay) old.push_back(directory);
    }
    for (const std::string& directory : old) uploads_.erase(directory);
  }
  for (const std::string& directory : old) {
    agent::log::info("removing {}, whose command has not come", directory);
    remove_directory(directory);
  }
}
