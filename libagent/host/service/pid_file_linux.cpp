#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "agent/processes.hpp"
#include "host/proc_text.hpp"
#include "host/service/pid_file.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMostText = 64;  // bytes; a longer file is no pid file
constexpr std::string_view kStoppingLine = "stopping\n";
// Somebody removed or replaced the file while we took it. It cannot go on for ever.
constexpr int kMostAttempts = 100;

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

// The process that holds it against a lock of this type; 0 = nobody.
int holder_against(const FileHandle& file, short type) {
  struct flock lock = whole_file(type);
  if (::fcntl(file.descriptor(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

bool lock_for_writing(const FileHandle& file) {
  struct flock lock = whole_file(F_WRLCK);
  return ::fcntl(file.descriptor(), F_SETLK, &lock) == 0;
}

std::string proc_path(int pid, std::string_view name) { return fmt::format("/proc/{}/{}", pid, name); }

std::string name_of(int pid) {
  const std::string text = read_text(proc_path(pid, "comm"));
  const std::string name(first_line(text));
  return name.empty() ? "a program" : name;
}

struct stat status_of(const FileHandle& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw system_error("stat " + file.name(), errno);
  return status;
}

Error refusal(const std::string& path, const std::string& reason) {
  return Error(Errc::refused, "pid file " + path + ": " + reason);
}

FileHandle open_or_make(const std::string& path) {
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  FileHandle file(::open(path.c_str(), flags, 0644), path);
  if (file.is_open()) return file;
  if (errno == ELOOP) throw refusal(path, "it is a link; name the file itself");
  if (errno == EISDIR) throw refusal(path, "it is a directory");
  throw system_error("pid file " + path, errno);
}

// A link that somebody has put into a directory which others may write leads here, too.
void check_kind(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) throw refusal(path, "it is no regular file");
  if (status.st_nlink > 1) throw refusal(path, "it has a second name");
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    throw refusal(path, fmt::format("it belongs to another user, {}", status.st_uid));
}

// nullopt = not a process id.
std::optional<int> parse_pid(std::string_view text) {
  int pid = 0;
  const std::string_view number = first_line(text);
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), pid);
  if (failed != std::errc() || end != number.data() + number.size() || pid <= 0) return std::nullopt;
  return pid;
}

double seconds_of(const timespec& time) { return double(time.tv_sec) + double(time.tv_nsec) / 1e9; }

double clock_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return seconds_of(time);
}

// When the process began, as seconds since 1970 by the wall clock of now. nullopt: it does not run.
std::optional<double> began_at(int pid) {
  const auto stat = parse_process_stat(read_text(proc_path(pid, "stat")));
  if (!stat || stat->state == 'Z') return std::nullopt;
  const double age =
      clock_seconds(CLOCK_BOOTTIME) - double(stat->start_ticks) / double(::sysconf(_SC_CLK_TCK));
  return clock_seconds(CLOCK_REALTIME) - age;
}

// A process that began after the file was written did not write it: it has got the number of one that ended,
// as after a boot. Whoever runs since before may well be the one that is meant.
void check_owner(const std::string& path, const FileHandle& file, const struct stat& status) {
  const std::string text = file.read_at(0, kMostText + 1);
  if (text.empty()) return;  // the one that made it ended before it wrote
  const std::optional<int> pid = parse_pid(text);
  if (text.size() > kMostText || !pid) throw refusal(path, "there is something else in it than a process id");
  if (*pid == ::getpid()) return;
  const std::optional<double> began = began_at(*pid);
  constexpr double kSlack = 1.0;  // seconds; both times are rounded
  if (!began || *began > seconds_of(status.st_mtim) + kSlack) return;
  throw refusal(path, fmt::format("it belongs to {}, process {}, which runs", name_of(*pid), *pid));
}

void write_pid(const FileHandle& file) {
  if (::ftruncate(file.descriptor(), 0) != 0) throw system_error("write " + file.name(), errno);
  file.write_at(0, std::to_string(::getpid()) + "\n");
}

bool is_same_file(const struct stat& status, const std::string& path) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) == 0 && there.st_dev == status.st_dev && there.st_ino == status.st_ino;
}

Error already_runs(int pid, const std::string& path) {
  return Error(Errc::busy,
               fmt::format("{} already runs as process {} (pid file {})", name_of(pid), pid, path));
}

// Whether one of its descriptors is the file of that path, or was.
bool has_open(int pid, const std::string& path) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(proc_path(pid, "fd"), failed)) {
    std::error_code unreadable;
    const std::string target = std::filesystem::read_symlink(entry.path(), unreadable);
    if (target == path || target == path + " (deleted)") return true;
  }
  return false;
}

// Opens no pid file, so that it ends no lock of our own.
int holder_of_path(const std::string& path) {
  const std::string resolved = resolved_parent(path);
  for (const int pid : lock_holders(read_text("/proc/locks")))
    if (pid != ::getpid() && has_open(pid, resolved)) return pid;
  return 0;
}

}  // namespace

std::string resolved_parent(const std::string& path) {
  const std::filesystem::path whole(path);
  std::error_code failed;
  const std::filesystem::path parent = std::filesystem::canonical(whole.parent_path(), failed);
  return failed ? path : (parent / whole.filename()).string();
}

std::vector<int> lock_holders(std::string_view proc_locks) {
  std::vector<int> holders;
  std::istringstream lines{std::string(proc_locks)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, kind, advisory, access, file, start, end;
    int pid = 0;
    if (!(words >> number >> kind >> advisory >> access >> pid >> file >> start >> end)) continue;
    if (kind == "POSIX" && access == "WRITE" && pid > 0 && start == "0" && end == "EOF")
      holders.push_back(pid);
  }
  return holders;
}

PidFile::PidFile(std::string path) : path_(std::move(path)) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt)
    if (take()) return;
  throw refusal(path_, "somebody keeps replacing it");
}

PidFile::~PidFile() { remove(); }

// False: the file is another one meanwhile.
bool PidFile::take() {
  FileHandle file = open_or_make(path_);
  const struct stat status = status_of(file);
  if (status.st_nlink == 0) return false;
  check_kind(path_, status);
  if (!lock_for_writing(file)) {
    if (errno != EAGAIN && errno != EACCES) throw system_error("lock " + path_, errno);
    if (const int pid = holder_against(file, F_RDLCK)) throw already_runs(pid, path_);
    // Whoever may read the file can lock it against writers, and is no daemon.
    if (holder_against(file, F_WRLCK) != 0 && ::unlink(path_.c_str()) != 0)
      throw system_error("remove " + path_, errno);
    return false;
  }
  if (!is_same_file(status, path_)) return false;
  check_owner(path_, file, status);
  if (const int pid = holder_of_path(path_)) {
    if (status.st_size == 0) ::unlink(path_.c_str());  // just made by us
    throw already_runs(pid, path_);
  }
  file_ = std::move(file);
  try {
    write_pid(file_);
  } catch (const Error&) {
    remove();
    throw;
  }
  return true;
}

void PidFile::mark_stopping() {
  try {
    file_.write_at(std::to_string(::getpid()).size() + 1, kStoppingLine);
  } catch (const Error& error) {
    log::warn("{}", error.what());
  }
}

void PidFile::remove() {
  if (!file_.is_open()) return;
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) == 0 && is_same_file(status, path_)) ::unlink(path_.c_str());
  file_.close();
}

int daemon_of(const std::string& path) {
  {
    const FileHandle file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
                          path);
    if (file.is_open())
      if (const int pid = holder_against(file, F_RDLCK)) return pid;
  }
  return holder_of_path(path);
}

bool is_stopping(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
                        path);
  return file.is_open() && file.read_at(0, kMostText).ends_with(kStoppingLine);
}

bool pid_file_exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace agent::host
