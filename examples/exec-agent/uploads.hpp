// Uploads: files that servers leave for one command, such as scripts: the `$$TMP$$` of the wire protocol.
#pragma once

#include <map>
#include <mutex>
#include <string>

class Uploads {
 public:
  Uploads() = default;
  ~Uploads();  // removes them all
  Uploads(const Uploads&) = delete;
  Uploads& operator=(const Uploads&) = delete;

  // A new directory in the system's directory of temporary files (TMPDIR, /tmp), for one upload, which only
  // this program's user can enter. Throws Errc::io. Any thread.
  std::string make();
  // `file` lies in one of these directories. Any thread.
  void received(const std::string& file);

  // Whether it was received. Any thread.
  bool knows(const std::string& file) const;
  // Makes a received file readable for a command that runs as `user`; others still cannot find it. Does
  // nothing for any other file. Throws Errc::io.
  void share(const std::string& file, const std::string& user);
  // Removes a received file and its directory. false: it was not received, and stays. Any thread.
  bool remove(const std::string& file);

 private:
  mutable std::mutex mutex_;                        // guards what follows
  std::map<std::string, std::string> directories_;  // that have been made, and the file in each or ""
};

// UploadedFile: a file that goes with the command it was uploaded for; any other file, and "", stays.
class UploadedFile {
 public:
  UploadedFile(Uploads& uploads, std::string path) : uploads_(uploads), path_(std::move(path)) {}
  ~UploadedFile() {
    if (!path_.empty()) uploads_.remove(path_);
  }
  UploadedFile(const UploadedFile&) = delete;
  UploadedFile& operator=(const UploadedFile&) = delete;

  // "" = the user that this program runs as.
  void share_with(const std::string& user) {
    if (!path_.empty() && !user.empty()) uploads_.share(path_, user);
  }

 private:
  Uploads& uploads_;
  std::string path_;
};
