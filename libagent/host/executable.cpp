#include "host/executable.hpp"

#include <filesystem>

namespace agent::host {

std::string resolve_beside(std::string_view program, std::string_view path) {
  std::filesystem::path directory = std::filesystem::path(program).parent_path();
  // An absolute right-hand side replaces the left; an empty one would leave a trailing slash.
  return (path.empty() ? directory : directory / path).lexically_normal().string();
}

std::string resolve_beside_program(std::string_view path) { return resolve_beside(program_path(), path); }

}  // namespace agent::host
