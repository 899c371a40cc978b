// FileSource: which files a runner reads, by the options of its reader (docs/logs.md). Pure but for looking
// at directories.
#pragma once

#include <agent/files.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "deleted_limits.hpp"
#include "line_source.hpp"

namespace logkit {

enum class ReadMode { file, dir, dirx, tailx };

struct FileSource : LineSource {
  ReadMode mode = ReadMode::file;
  std::string log_path;  // absolute: a file, a directory, or a pattern of files or directories
  bool from_newest = false;
  bool ignores_hidden = true;
  std::vector<std::string> ignored_suffixes;
  std::string valid_pattern = "*";
  std::vector<std::string> ignored_paths;  // patterns
  std::size_t max_open = 4096;
  DeletedLimits deleted;
  // Files that were delivered and nobody has written to for so long are deleted; 0: none are.
  std::chrono::nanoseconds expire_delete{};
  std::chrono::nanoseconds scan_interval = std::chrono::seconds(10);

  // The files that are there now. In modes dir and dirx the oldest of a directory first, otherwise by name.
  // A directory that cannot be read has none; `why_not` gets the reason.
  std::vector<std::string> find(std::string* why_not = nullptr) const;
  // The files of a directory are one stream: the oldest is read to its end first.
  bool has_streams() const { return mode == ReadMode::dir || mode == ReadMode::dirx; }
  // Where new ones may appear.
  std::vector<std::string> directories() const;
};

// Throws Errc::bad_config, for an unknown mode with the list of the known ones. Mode fileauto looks at the
// path: a pattern or a compressed file is for tailx; a directory with a file that nobody has written to for a
// day is for dir, another one for tailx with all its files; anything else is for file.
FileSource read_file_source(const PartOptions& options, std::size_t max_line);

}  // namespace logkit
