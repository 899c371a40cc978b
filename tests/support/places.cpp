#include "tests/support/places.hpp"

#include <filesystem>

namespace test {

std::string built_program(std::string_view name) {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename(name).string();
}

std::string source_path(std::string_view path) { return std::string(AGENT_SOURCE_DIR "/").append(path); }

}  // namespace test
