// make_directories: directories whose mode does not hang on the umask of whoever starts the program.
#pragma once

#include <string>

namespace agent {

// Makes `path` and what is missing above it, each with exactly `mode`. Those that exist stay as they are.
// Throws Errc::io: "make directory /x/y: Permission denied".
void make_directories(const std::string& path, unsigned mode);

}  // namespace agent
