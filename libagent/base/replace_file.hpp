// replace_file, put_file: new content for a file, all of it or nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agent {

// Writes a temporary file beside it, with the mode and the owner of the original and readable for nobody else
// at any time, syncs file and directory, and renames. A link's target is replaced. Throws Errc::io; the
// file is unchanged then.
void replace_file(const std::string& path, std::string_view content);

// The owner of a file, and what others may do with it.
struct FileAccess {
  unsigned mode = 0644;
  bool has_owner = false;  // otherwise this process
  std::uint32_t user = 0;
  std::uint32_t group = 0;
};

// The same for a file that may be new, with `access` whatever the umask. A link is replaced itself. Throws
// Errc::io; what was there is unchanged then, and nothing is left beside it.
void put_file(const std::string& path, std::string_view content, const FileAccess& access);

}  // namespace agent
