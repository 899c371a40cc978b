#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "agent/processes.hpp"
#include "base/directory.hpp"
#include "base/file_handle.hpp"
#include "host/proc_text.hpp"
#include "host/regular_file.hpp"
#include "host/service/run_status.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMaxStatus = 64 * 1024;  // a thousand bytes are usual
constexpr mode_t kFileMode = 0644;
constexpr unsigned kDirectoryMode = 0755;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string given_directory() {
  const std::string given = variable("RUNTIME_DIRECTORY");
  return given.substr(0, given.find(':'));
}

// Relative ones are ignored, as the XDG base directory specification demands.
std::string user_directory(std::string_view name) {
  const std::string directory = variable("XDG_RUNTIME_DIR");
  return directory.starts_with('/') ? directory + "/" + std::string(name) : std::string();
}

std::string file_in(const std::string& directory) { return directory + "/status.json"; }

std::optional<ProcessStat> stat_of(std::int64_t pid) {
  return parse_process_stat(read_text("/proc/" + std::to_string(pid) + "/stat"));
}

// Where others' processes are hidden (hidepid), the pid alone has to do.
bool is_alive(const RunStatus& status) {
  if (status.pid <= 0) return false;
  const bool exists = ::kill(static_cast<pid_t>(status.pid), 0) == 0 || errno == EPERM;
  const std::optional<ProcessStat> stat = stat_of(status.pid);
  if (!stat) return exists;
  return stat->start_ticks == status.start_ticks && stat->state != 'Z' && stat->state != 'X';
}

std::string read_small(const std::string& path) {
  RegularFile file(path);  // a directory may belong to another user: no link, no FIFO
  std::string text;
  std::array<char, 4096> block;
  while (const std::size_t got = file.read(block)) {
    text.append(block.data(), got);
    if (text.size() > kMaxStatus) throw Error(Errc::too_large, path);
  }
  return text;
}

}  // namespace

std::string run_directory(std::string_view name) {
  std::string given = given_directory();
  if (!given.empty()) return given;
  return is_root() ? "/run/" + std::string(name) : user_directory(name);
}

std::optional<RunStatus> read_run_status_in(const std::string& directory) {
  try {
    auto status = json::decode<RunStatus>(read_small(file_in(directory)));
    status.is_running = is_alive(status);
    return status;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<RunStatus> read_run_status(std::string_view name) {
  std::optional<RunStatus> left;
  for (const std::string& directory :
       {given_directory(), "/run/" + std::string(name), user_directory(name)}) {
    std::optional<RunStatus> found;
    if (!directory.empty()) found = read_run_status_in(directory);
    if (!found || found->program != name) continue;
    if (found->is_running) return found;
    if (!left) left = std::move(found);
  }
  return left;
}

RunStatusFile::RunStatusFile(std::string directory)
    : directory_(std::move(directory)),
      path_(directory_.empty() ? std::string() : file_in(directory_)),
      is_ours_(!directory_.empty() && directory_ == given_directory()) {}

RunStatusFile::~RunStatusFile() {
  if (!wrote_ || !is_mine()) return;
  ::unlink(path_.c_str());
  if (made_) ::rmdir(directory_.c_str());  // stays when others have put something there
}

bool RunStatusFile::is_mine() const {
  const std::optional<RunStatus> there = read_run_status_in(directory_);
  return there && there->pid == ::getpid();
}

void RunStatusFile::write(RunStatus status) {
  if (path_.empty()) {
    if (!std::exchange(complained_, true)) log::debug("no run directory: nobody is told of the connection");
    return;
  }
  status.pid = ::getpid();
  if (const std::optional<ProcessStat> self = stat_of(status.pid)) status.start_ticks = self->start_ticks;
  try {
    const std::optional<RunStatus> there = read_run_status_in(directory_);
    if (!is_ours_ && there && there->is_running && there->pid != status.pid) {
      throw Error(Errc::busy, path_ + " is that of process " + std::to_string(there->pid));
    }
    replace(json::encode(status) + "\n");
    wrote_ = true;
  } catch (const Error& error) {
    if (!std::exchange(complained_, true))
      log::debug("the connection is not told in a file: {}", error.what());
  }
}

// Under a name of its own that is never followed: the directory may be another user's.
void RunStatusFile::replace(const std::string& text) {
  if (::access(directory_.c_str(), F_OK) != 0) made_ = true;
  make_directories(directory_, kDirectoryMode);
  const std::string fresh = path_ + ".new";
  ::unlink(fresh.c_str());
  FileHandle file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode),
                  fresh);
  if (!file.is_open()) throw system_error("create " + fresh, errno);
  if (::fchmod(file.descriptor(), kFileMode) != 0) throw system_error("chmod " + fresh, errno);  // the umask
  file.write(text);
  if (::rename(fresh.c_str(), path_.c_str()) != 0) throw system_error("rename to " + path_, errno);
}

}  // namespace agent::host
