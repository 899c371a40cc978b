#include "host/open_file_posix.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>

#include "agent/error.hpp"

namespace agent::host {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, int error) {
  Error failure = system_error(what, error);
  if (error == ENOENT || error == ENOTDIR) throw Error(Errc::not_found, std::string(failure.text()));
  throw failure;
}

void check_text(const std::string& path) {
  if (path.empty()) throw Error(Errc::bad_message, "the path is empty");
  if (path.find('\0') != std::string::npos) throw Error(Errc::bad_message, "the path contains a NUL");
}

// O_PATH: the name is resolved, but nothing is opened yet.
FileHandle locate(const std::string& path, int flags) {
  check_text(path);
  FileHandle located(::open(path.c_str(), O_PATH | O_CLOEXEC | flags), path);
  if (!located.is_open()) fail("open " + path, errno);
  return located;
}

std::string name_of(const FileHandle& handle) {
  return "/proc/self/fd/" + std::to_string(handle.descriptor());
}

// Where it is, whatever links led there.
std::string resolved(const FileHandle& handle, const std::string& path) {
  std::string text(PATH_MAX, '\0');
  const ssize_t length = ::readlink(name_of(handle).c_str(), text.data(), text.size());
  if (length < 0) throw system_error("resolve " + path, errno);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

void check(const FileHandle& handle, const std::string& path, const AllowedDirectories& allowed) {
  if (!allowed.is_everywhere()) allowed.check(resolved(handle, path), path);
}

// What `path` will be once it is made: its existing part resolved, the rest as it is written.
std::string foreseen(const fs::path& path) {
  for (const fs::path& part : path) {
    if (part == "..") throw Error(Errc::denied, path.string() + ": \"..\" in a directory that is to be made");
  }
  fs::path existing = path;
  fs::path rest;
  struct stat ignored {};
  while (existing.has_relative_path() && ::lstat(existing.c_str(), &ignored) != 0) {
    rest = existing.filename() / rest;
    existing = existing.parent_path();
  }
  const FileHandle handle = locate(existing.empty() ? "." : existing.string(), O_DIRECTORY);
  return (fs::path(resolved(handle, path)) / rest).lexically_normal().string();
}

void make_all(const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0755) == 0 || errno == EEXIST || errno == EISDIR) continue;
    if (errno == EROFS && ::access(part.c_str(), F_OK) == 0) continue;
    fail("mkdir " + part, errno);
  }
}

}  // namespace

FileHandle open_source(const std::string& path, const AllowedDirectories& allowed, struct stat& status) {
  const FileHandle located = locate(path, 0);
  check(located, path, allowed);
  if (::fstat(located.descriptor(), &status) != 0) fail("stat " + path, errno);
  if (S_ISDIR(status.st_mode)) throw Error(Errc::wrong_type, path + ": is a directory");
  if (!S_ISREG(status.st_mode)) throw Error(Errc::wrong_type, path + ": not a regular file");
  FileHandle file(::open(name_of(located).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), path);
  if (!file.is_open()) fail("open " + path, errno);
  return file;
}

FileHandle open_directory(const std::string& path, const AllowedDirectories& allowed) {
  const FileHandle located = locate(path, O_DIRECTORY);
  check(located, path, allowed);
  FileHandle directory(::open(name_of(located).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
  if (!directory.is_open()) fail("open " + path, errno);
  return directory;
}

FileHandle make_directory(const std::string& path, const AllowedDirectories& allowed) {
  check_text(path);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (!allowed.is_everywhere()) allowed.check(foreseen(path), path);
    make_all(path);
  }
  return open_directory(path, allowed);
}

}  // namespace agent::host
