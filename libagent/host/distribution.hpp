// Which Linux distribution this is, by the release files that distributions leave in /etc.
#pragma once

#include <filesystem>
#include <string>

namespace agent::host {

struct Distribution {
  std::string name;     // "debian", "ubuntu", "centos", "redhat", ...; "" when no file tells
  std::string version;  // "12.11", "22.04", "7.9.2009"; "" when no file tells
};

// Asks the release files below `root` in the originals' order (reference agent behaviour, section 19,
// sources table), so that an agent keeps the platform it was known under. Never throws for what is in
// the files. Blocks on file reads.
Distribution read_distribution(const std::filesystem::path& root = "/");

}  // namespace agent::host
