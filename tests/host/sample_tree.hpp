// SampleTree: a directory of its own with files that a test puts there; removed at the end.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace agent::host {

class SampleTree {
 public:
  SampleTree() {
    std::string name = std::filesystem::temp_directory_path() / "host-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("make " + name);
    root_ = name;
  }
  ~SampleTree() { std::filesystem::remove_all(root_); }
  SampleTree(const SampleTree&) = delete;
  SampleTree& operator=(const SampleTree&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::string path(std::string_view name) const { return root_ / name; }

  SampleTree& write(std::string_view name, std::string_view text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << text;
    return *this;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace agent::host
