// FileWatch: wakes a thread when something changes in a directory, or when another thread asks for it.
//
// Changes may be missed (network file systems tell nothing, and a machine has a limit of watches): whoever
// waits looks by itself from time to time. Belongs to one thread, but for wake().
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace logkit {

struct FileChanges {
  std::vector<std::string> written;  // paths: directory and name, as the directory was given
  bool names = false;                // files have appeared, gone or been renamed
};

class FileWatch {
 public:
  // Throws Errc::io when the system gives no descriptor for wake(). Without one for changes, is_watching() is
  // false.
  FileWatch();
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // These directories, and no others. What cannot be watched makes is_watching() false.
  void watch(const std::set<std::string>& directories);
  bool is_watching() const { return is_watching_; }
  // Waits for a change, for wake(), or for the end of the time; all changes since the last call.
  FileChanges wait(std::chrono::nanoseconds limit);
  // Waits for wake() only: what is written meanwhile costs nobody anything, and is there for the next wait().
  // False: the time is over.
  bool pause(std::chrono::nanoseconds limit);
  // Ends a wait, or the next one. Any thread.
  void wake();

 private:
  void add(const std::string& directory);
  bool take_wake();
  void read_changes(FileChanges& changes);

  int wake_ = -1;
  int changes_ = -1;
  bool is_watching_ = false;
  std::map<int, std::set<std::string>> paths_;  // of a watch
  std::map<std::string, int> watches_;
};

}  // namespace logkit
