#include "base/read_file.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "agent/error.hpp"

namespace agent {

std::string read_file(const std::string& path, std::size_t max_size) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) throw system_error("open " + path, errno);

  std::string text;
  constexpr std::size_t kBlock = 64 * 1024;
  std::size_t got = 0;
  do {
    const std::size_t size = text.size();
    text.resize(size + kBlock);
    got = std::fread(text.data() + size, 1, kBlock, file.get());
    text.resize(size + got);
    if (text.size() > max_size) {
      throw Error(Errc::too_large, "read " + path + ": more than " + std::to_string(max_size) + " bytes");
    }
  } while (got > 0);
  if (std::ferror(file.get())) throw system_error("read " + path, errno);
  return text;
}

}  // namespace agent
