// PidFile: the file with a daemon's process id, and the lock on it, which is what counts.
//
// The lock (fcntl(2): F_SETLK for writing, the whole file) belongs to one process and ends with it, however
// that ends. Whoever looks for the daemon asks for the holder of the lock: a number in a file may be
// anybody's meanwhile, and the file may have been removed. Blocks on the file system for a moment. Paths are
// absolute.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_handle.hpp"

namespace agent::host {

class PidFile {
 public:
  // Makes the file (0644) and locks it, or takes over one whose daemon has ended, and writes our process id.
  // Only for a process that never opens this file elsewhere: the first close would end the lock.
  //
  // Throws Errc::busy when its daemon runs: also when somebody has removed that one's file. Throws
  // Errc::refused for what is not ours to overwrite: the file of another program that runs, a file without a
  // process id, a link, a directory, another user's. Throws Errc::io for the rest.
  explicit PidFile(std::string path);
  ~PidFile();  // remove()
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

  // The daemon has been told to end, which may take a while: says so behind the process id. Where it cannot
  // be written it is not said.
  void mark_stopping();
  // Removes the file, unless another one has taken its place, and ends the lock. Twice is fine.
  void remove();

  const std::string& path() const { return path_; }

 private:
  bool take();

  std::string path_;
  FileHandle file_;
};

// The process that holds the lock of this pid file, removed or not; 0 = none, or it cannot be seen. When the
// file was removed, only root or the daemon's user can find it. Not for the holder itself.
int daemon_of(const std::string& path);

// Whether its daemon has been told to end (PidFile::mark_stopping).
bool is_stopping(const std::string& path);

// Whether there is such a file, of whatever kind.
bool pid_file_exists(const std::string& path);

// The path with the links in the directories before its last part resolved: as the kernel shows the file.
// As it is when a directory is missing.
std::string resolved_parent(const std::string& path);

// The processes that hold a whole file locked for writing, of the text of /proc/locks (proc(5)). Pure.
std::vector<int> lock_holders(std::string_view proc_locks);

}  // namespace agent::host
