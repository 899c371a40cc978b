// Opens files and directories whose paths come from elsewhere, and looks at what was opened before it is
// used.
#pragma once

#include <sys/stat.h>

#include <string>

#include "agent/files.hpp"
#include "base/file_handle.hpp"

namespace agent::host {

// A regular file for reading, wherever links lead within `allowed`. Nothing else is ever opened, so that no
// device stirs. `status` is what it was like. Throws as agent::SourceFile.
FileHandle open_source(const std::string& path, const AllowedDirectories& allowed, struct stat& status);

// A directory, to be used with the system's "at" functions. Throws as list_directory.
FileHandle open_directory(const std::string& path, const AllowedDirectories& allowed);

// The same, made with its parents (0755) when it is missing; nothing is made outside of `allowed`.
FileHandle make_directory(const std::string& path, const AllowedDirectories& allowed);

}  // namespace agent::host
