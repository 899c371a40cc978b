// Uploads: files that servers leave for one command, such as scripts: the `$$TMP$$` of the wire protocol.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "upload_root.hpp"

// A file whose command has not come by then is removed. Originals send the command at once; a day is for
// those who leave a file for several commands.
inline constexpr std::chrono::hours kLongestUploadStay{24};

class Uploads {
 public:
  Uploads() = default;
  ~Uploads() = default;  // removes them all
  Uploads(const Uploads&) = delete;
  Uploads& operator=(const Uploads&) = delete;

  // A new directory in the system's directory of temporary files (TMPDIR, /tmp), for one upload, which only
  // this program's user can enter. Throws Errc::io. Any thread.
  std::string make();
  // `file` lies in one of these directories. Any thread.
  void received(const std::string& file);
  // What was to come into this directory does not come. Any thread.
  void give_up(const std::string& directory);

  // Whether it was received. Any thread.
  bool knows(const std::string& file) const;
  // Makes a received file readable for a command that runs as `user`; others still cannot find it. Does
  // nothing for any other file. Throws Errc::io.
  void share(const std::string& file, const std::string& user);
  // A received file has its command now, and stays until remove(), however long. Any thread.
  void hold(const std::string& file);
  // Removes a received file and its directory. false: it was not received, and stays. Any thread.
  bool remove(const std::string& file);
  // Removes what was received longer than `stay` ago and has no command. Any thread.
  void remove_old(std::chrono::nanoseconds stay = kLongestUploadStay);

 private:
  using Clock = std::chrono::steady_clock;
  struct Upload {
    std::string file;  // "" while it is on its way
    Clock::time_point received{};
    bool held = false;
  };
  using Table = std::map<std::string, Upload>;  // by directory

  Table::const_iterator find(const std::string& file) const;

  mutable std::mutex mutex_;        // guards what follows
  std::optional<UploadRoot> root_;  // from the first upload on
  Table uploads_;
};

// UploadedFile: a file that goes with the command it was uploaded for; any other file, and "", stays.
class UploadedFile {
 public:
  UploadedFile(Uploads& uploads, std::string path) : uploads_(uploads), path_(std::move(path)) {
    if (!path_.empty()) uploads_.hold(path_);
  }
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
