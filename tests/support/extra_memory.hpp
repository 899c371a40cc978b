// ExtraMemory: what a process needs at its highest point beyond what it had before.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>

namespace test {

class ExtraMemory {
 public:
  explicit ExtraMemory(pid_t pid) : pid_(pid), before_(read("VmRSS:")) {}

  // 0 when the process has ended.
  std::size_t bytes() const { return std::max(read("VmHWM:"), before_) - before_; }

 private:
  std::size_t read(const std::string& key) const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(key)) return std::stoul(line.substr(key.size())) * 1024;
    }
    return 0;
  }

  const pid_t pid_;
  const std::size_t before_;
};

}  // namespace test
