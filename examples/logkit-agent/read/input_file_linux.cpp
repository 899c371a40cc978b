#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "input_file.hpp"
#include "packed_text.hpp"

namespace logkit {
namespace {

using agent::Errc;
using agent::Error;

FileFacts facts_of(const struct stat& status) {
  FileFacts facts;
  facts.key = {status.st_dev, status.st_ino};
  facts.size = static_cast<std::uint64_t>(status.st_size);
  facts.modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  facts.links = status.st_nlink;
  facts.is_regular = S_ISREG(status.st_mode);
  facts.is_directory = S_ISDIR(status.st_mode);
  return facts;
}

// /proc, /sys and the like: the kernel makes the content when it is read, and there is no end to follow.
bool is_made_by_kernel(int descriptor) {
  constexpr std::array<unsigned long, 7> kTypes{0x9FA0,     0x62656572, 0x27E0EB,  0x63677270,
                                                0x64626720, 0x74726163, 0x73636673};
  struct statfs status {};
  return ::fstatfs(descriptor, &status) == 0 &&
         std::find(kTypes.begin(), kTypes.end(), static_cast<unsigned long>(status.f_type)) != kTypes.end();
}

[[noreturn]] void fail_to_open(const std::string& path, int reason) {
  const std::string text = agent::system_error("open " + path, reason).what();
  switch (reason) {
    case ENOENT:
    case ENOTDIR: throw Error(Errc::not_found, text);
    case EACCES:
    case EPERM: throw Error(Errc::denied, text);
    case EMFILE:
    case ENFILE: throw Error(Errc::too_many, text);
    default: throw Error(Errc::io, text);
  }
}

// The name under which the file was opened, links resolved.
std::string path_of(int descriptor, const std::string& otherwise) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error);
  return error ? otherwise : path.string();
}

std::string device_uuid(std::uint64_t device) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/disk/by-uuid", error)) {
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) == 0 && status.st_rdev == device)
      return "uuid:" + entry.path().filename().string();
  }
  return {};
}

// The mount point of the device, of several the one that the path is below.
std::string mount_point(const std::string& path, std::uint64_t device) {
  std::ifstream table("/proc/self/mountinfo");
  const std::string number = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  std::string best;
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string id, parent, place, root, point;
    words >> id >> parent >> place >> root >> point;
    if (place == number && path.starts_with(point) && point.size() >= best.size()) best = point;
  }
  return best.empty() ? std::string() : "mount:" + best;
}

}  // namespace

bool look_at(const std::string& path, FileFacts& facts) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  facts = facts_of(status);
  return true;
}

InputFile::InputFile(const std::string& path) {
  // A FIFO would wait for its writer without O_NONBLOCK.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) fail_to_open(path, errno);
  try {
    if (!facts().is_regular) throw Error(Errc::wrong_type, path + ": not a regular file");
    if (is_made_by_kernel(descriptor_)) throw Error(Errc::wrong_type, path + ": made by the kernel, no log");
    path_ = path_of(descriptor_, path);
  } catch (...) {
    close();
    throw;
  }
}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    path_ = std::move(other.path_);
    text_ = std::move(other.text_);
  }
  return *this;
}

void InputFile::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

FileFacts InputFile::facts() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) throw agent::system_error("look at " + path_, errno);
  FileFacts facts = facts_of(status);
  if (text_) facts.size = text_->facts().plain_size;
  return facts;
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  return text_ ? text_->read_at(*this, offset, bytes) : read_raw(offset, bytes);
}

std::size_t InputFile::read_raw(std::uint64_t offset, std::span<char> bytes) const {
  for (;;) {
    const auto count = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw agent::system_error("read " + path_, errno);
  }
}

std::string file_system_name(const std::string& path, std::uint64_t device) {
  static std::mutex mutex;
  static std::map<std::uint64_t, std::string> known;
  const std::lock_guard lock(mutex);
  const auto [place, is_new] = known.try_emplace(device);
  if (is_new) place->second = device_uuid(device);
  if (place->second.empty()) place->second = mount_point(path, device);
  return place->second;
}

}  // namespace logkit
