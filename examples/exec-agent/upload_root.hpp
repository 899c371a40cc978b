// UploadRoot: the directory among the system's temporary files (TMPDIR, /tmp) in which this program keeps
// uploads. A lock on it tells others that the program lives, whatever process id it has and in whichever
// container.
#pragma once

#include <string>

class UploadRoot {
 public:
  // Only this program's user can enter it. Throws Errc::io.
  UploadRoot();
  ~UploadRoot();  // removes it, with all that is in it
  UploadRoot(const UploadRoot&) = delete;
  UploadRoot& operator=(const UploadRoot&) = delete;

  const std::string& path() const { return path_; }
  bool is_there() const;  // nobody has removed it

 private:
  void make();
  bool lock();

  std::string path_;
  int lock_ = -1;
};

// Removes what programs of this kind and user have left that were killed. Touches nothing else: no directory
// of another name, owner or mode, nothing over links, and nothing of a program that lives.
void remove_left_uploads();

// Others may go through a directory to what they know the name of; they still cannot list it. Throws
// Errc::io.
void open_to_others(const std::string& directory);

// Removes a directory with all that is in it; not a step is taken over a link, whoever has made one. A
// failure is logged.
void remove_directory(const std::string& directory);
