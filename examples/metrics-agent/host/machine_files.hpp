// MachineFiles: reads the small files below a machine's root, "/" or where it is mounted in a container.
//
// The files of /proc and /sys say that they are empty or 4096 bytes long; they are read until they end. What
// is missing or cannot be read is "". Blocks as the files do. Not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

// Beyond this a file is cut. 4 MiB hold /proc/cpuinfo of a machine with 2000 CPUs and some 20,000 mounts.
inline constexpr std::size_t kLongestFile = 4 * 1024 * 1024;

class MachineFiles {
 public:
  explicit MachineFiles(const std::filesystem::path& root = "/");

  // The text of the file, valid until the next read(). `name` begins without '/': "proc/stat".
  std::string_view read(std::string_view name, std::size_t limit = kLongestFile);
  // The first line, stripped.
  std::string read_line(std::string_view name);
  // The file of that name in proc/1/net, the network of the machine and not that of this process, unless the
  // root is "/"; else in proc/net. An agent that has "/" as its root speaks of what it can reach itself.
  std::string_view read_network(std::string_view name);

  // Names in a directory, sorted as numbers where they have some: cpu2 before cpu10. Empty when it is
  // missing.
  std::vector<std::string> list(std::string_view directory) const;
  // Where a link leads, the last name of it; "" when it is none.
  std::string link_name(std::string_view name) const;
  // The whole path of a file or directory without links, below the root: "/sys/devices/…"; "" when missing.
  std::string resolved(std::string_view name) const;
  bool exists(std::string_view name) const;

  // The path for the system: root and name.
  std::string path(std::string_view name) const;
  // The root is "/".
  bool own() const { return prefix_.empty(); }

 private:
  std::string prefix_;  // "" or "/host"
  std::string buffer_;
};

// Whether `a` comes before `b` when runs of digits count as numbers.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace host
