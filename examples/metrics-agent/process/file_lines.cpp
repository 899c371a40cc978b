#include "file_lines.hpp"

#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kBlock = 64 * 1024;

// Lines: whole lines out of blocks.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& use) : use_(use) {}

  void add(std::string_view block) {
    for (std::size_t end = block.find('\n'); end != std::string_view::npos; end = block.find('\n')) {
      finish(block.substr(0, end));
      block.remove_prefix(end + 1);
    }
    keep(block);
  }
  void end() {
    if (!begun_.empty()) finish({});
  }

 private:
  void keep(std::string_view beginning) {
    if (begun_.size() + beginning.size() > kBlock) too_long_ = true;
    if (too_long_) begun_.clear();
    if (!too_long_) begun_ += beginning;
  }

  void finish(std::string_view rest) {
    if (!too_long_ && begun_.empty()) {
      use_(rest);
    } else {
      keep(rest);
      if (!too_long_) use_(begun_);
    }
    begun_.clear();
    too_long_ = false;
  }

  const std::function<void(std::string_view)>& use_;
  std::string begun_;
  bool too_long_ = false;
};

}  // namespace

bool for_each_line(const std::filesystem::path& path, const std::function<void(std::string_view)>& use) {
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);
  file.open(path, std::ios::binary);
  std::vector<char> block(kBlock);
  Lines lines(use);
  while (file.good()) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    lines.add({block.data(), static_cast<std::size_t>(file.gcount())});
  }
  lines.end();
  return file.eof();
}
