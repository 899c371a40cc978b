#include <fcntl.h>
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
#include <system_error>

#include "uploads.hpp"

namespace fs = std::filesystem;

namespace {

// Others may go through it, but its name cannot be guessed and it cannot be listed.
constexpr mode_t kNamedByWhoKnows = 0711;

// Not a step is taken over a link, whoever has made one.
void remove_directory(const std::string& directory) {
  std::error_code failed;
  fs::remove_all(directory, failed);
  if (failed) agent::log::warn("remove {}: {}", directory, failed.message());
}

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

Uploads::~Uploads() {
  for (const auto& [directory, file] : directories_) remove_directory(directory);
}

std::string Uploads::make() {
  const char* base = ::getenv("TMPDIR");
  std::string directory = std::string(base != nullptr && *base == '/' ? base : "/tmp") + "/exec-agent-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) throw agent::system_error("make " + directory, errno);
  const std::lock_guard lock(mutex_);
  directories_[directory];
  return directory;
}

void Uploads::received(const std::string& file) {
  const std::lock_guard lock(mutex_);
  const auto place = directories_.find(fs::path(file).parent_path());
  if (place != directories_.end()) place->second = file;
}

bool Uploads::knows(const std::string& file) const {
  const std::lock_guard lock(mutex_);
  const auto place = directories_.find(fs::path(file).parent_path());
  return place != directories_.end() && place->second == file;
}

void Uploads::share(const std::string& file, const std::string& user) {
  if (!knows(file)) return;
  const std::string directory = fs::path(file).parent_path();
  const std::optional<uid_t> id = find_user(user);
  if (!id || *id == ::geteuid() || *id == 0) return;  // unknown, or can read it already
  if (::geteuid() == 0) {
    give(file, *id);
    give(directory, *id);
  } else if (::chmod(directory.c_str(), kNamedByWhoKnows) < 0) {
    throw agent::system_error("chmod " + directory, errno);
  }
}

bool Uploads::remove(const std::string& file) {
  if (!knows(file)) return false;
  const std::string directory = fs::path(file).parent_path();
  remove_directory(directory);
  const std::lock_guard lock(mutex_);
  directories_.erase(directory);
  return true;
}
