// What a server program needs of its process before it serves.
#pragma once

#include <string>

#include "config.hpp"

namespace server {

// Opens the log as the configuration says, then logs its warnings.
void open_log(const LoadedConfig& loaded);

// Makes a directory, and those above it, that only this user may enter (0700). One that exists stays as it
// is. Throws Errc::io.
void make_private_directory(const std::string& path);

// Raises the number of files this process may open, one per agent, as far as the system allows.
void raise_file_limit();

}  // namespace server
