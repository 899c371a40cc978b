// SampleTree: a directory of its own with files in sub-directories, such as a machine's /etc and /proc.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/temp_dir.hpp"

namespace agent::host {

class SampleTree {
 public:
  std::filesystem::path root() const { return directory_.path(); }
  std::string path(std::string_view name) const { return root() / name; }

  // Makes the directories above as well.
  SampleTree& write(std::string_view name, std::string_view text) {
    std::filesystem::create_directories((root() / name).parent_path());
    std::ofstream(root() / name, std::ios::binary) << text;
    return *this;
  }

 private:
  test::TempDir directory_;
};

}  // namespace agent::host
