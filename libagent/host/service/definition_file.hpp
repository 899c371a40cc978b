// The file with the definition of a service: read, changed by one process at a time, copied before it goes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace agent::host {

// Held while a definition is read and changed, so that of two installs one waits for the other. Locks the
// directory: nothing is left behind. Throws Errc::io when there is no such directory.
class DefinitionLock {
 public:
  explicit DefinitionLock(const std::string& directory);

 private:
  FileHandle directory_;
};

struct DefinitionFile {
  std::string text;
  std::string link;  // a link: to where. systemd's for a masked unit leads to /dev/null
};

// What is there; nullopt = nothing. Throws Errc::io.
std::optional<DefinitionFile> read_definition_file(const std::string& path);

// Keeps what is at `path` beside it, as `path`.bak, .bak.2 and so on: no copy is lost. Gives its path.
// Throws Errc::io.
std::string keep_copy(const std::string& path);

// Removes it. False when there was nothing. Throws Errc::io.
bool remove_file(const std::string& path);

// The lines that differ, "- " before what is only in `before`, "+ " before what is only in `after`.
std::string difference(std::string_view before, std::string_view after);

}  // namespace agent::host
