// DataDir: the directory of what must last. One server at a time owns it.
#pragma once

#include <string>

#include "base/file_handle.hpp"

namespace server {

class DataDir {
 public:
  // Makes the directory, and those above it, that only this user may enter (0700); one that exists stays as
  // it is. Throws Errc::io, also when another server owns it; a server that has ended, however, does not.
  explicit DataDir(const std::string& path);
  DataDir(const DataDir&) = delete;
  DataDir& operator=(const DataDir&) = delete;

 private:
  agent::FileHandle lock_;
};

}  // namespace server
