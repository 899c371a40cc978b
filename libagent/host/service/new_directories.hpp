// NewDirectories: directories that were made for something that may still fail.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace agent::host {

// Those that make() has made are gone again with the object, as long as they are empty, unless keep() was
// called.
class NewDirectories {
 public:
  NewDirectories() = default;
  ~NewDirectories();
  NewDirectories(NewDirectories&& other) noexcept : made_(std::exchange(other.made_, {})) {}
  NewDirectories& operator=(NewDirectories&&) = delete;

  // Makes `path` with all that is missing above it. Throws Errc::io.
  void make(const std::string& path, unsigned mode);
  void keep() { made_.clear(); }

 private:
  std::vector<std::string> made_;  // an outer one before those in it
};

}  // namespace agent::host
