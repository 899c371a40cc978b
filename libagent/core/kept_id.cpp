#include "core/kept_id.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/append_file.hpp"
#include "base/read_file.hpp"
#include "base/replace_file.hpp"
#include "base/trim.hpp"
#include "core/state_path.hpp"

namespace agent::core {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 64 * 1024;

void make_private_directory(const fs::path& path) {
  std::error_code failed;
  const bool is_new = fs::create_directories(path, failed);
  if (failed) throw Error(Errc::io, fmt::format("make directory {}: {}", path.string(), failed.message()));
  if (is_new) fs::permissions(path, fs::perms::owner_all, failed);
}

void make_private_file(const std::string& path) {
  if (fs::exists(path)) return;
  AppendFile file;
  if (!file.open(path)) throw system_error("create " + path, errno);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace

KeptId::KeptId(std::string_view name, const std::string& config_path)
    : path_(state_path(name, config_path, ".id")) {}

std::string KeptId::read() const {
  std::error_code ignored;
  if (!fs::exists(path_, ignored)) return {};
  try {
    const std::string text = read_file(path_, kMaxFile);
    return std::string(trim(std::string_view(text).substr(0, text.find('\n'))));
  } catch (const Error& error) {
    log::warn("the id that the server assigned cannot be read: {}", error.what());
    return {};
  }
}

void KeptId::write(const std::string& id) const {
  try {
    make_private_directory(fs::path(path_).parent_path());
    make_private_file(path_);
  } catch (const fs::filesystem_error& error) {
    throw Error(Errc::io, error.what());
  }
  replace_file(path_, id + "\n");
}

}  // namespace agent::core
