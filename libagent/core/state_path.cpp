#include "core/state_path.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>

#include "host/service/state_directory.hpp"

namespace agent::core {
namespace {

// FNV-1a, 64 bits: the same in every version of this program.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

}  // namespace

// Long names are cut: the hash tells them apart.
std::string state_path(std::string_view agent, const std::string& config_path, std::string_view ending) {
  constexpr std::size_t kLongestStem = 100;
  const std::string stem = std::filesystem::path(config_path).stem().string().substr(0, kLongestStem);
  return fmt::format("{}/{}-{:016x}{}", host::state_directory(agent), stem, hash_of(config_path), ending);
}

}  // namespace agent::core
