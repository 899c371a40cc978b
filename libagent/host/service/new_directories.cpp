#include "host/service/new_directories.hpp"

#include <filesystem>

#include "base/directory.hpp"

namespace agent::host {

namespace fs = std::filesystem;

NewDirectories::~NewDirectories() {
  std::error_code failed;  // such as: somebody has put something there
  for (auto at = made_.rbegin(); at != made_.rend(); ++at) fs::remove(*at, failed);
}

void NewDirectories::make(const std::string& path, unsigned mode) {
  std::error_code failed;
  std::vector<std::string> missing;
  for (fs::path at = path; at.has_relative_path() && !fs::exists(at, failed); at = at.parent_path())
    missing.push_back(at.string());
  made_.insert(made_.end(), missing.rbegin(), missing.rend());
  make_directories(path, mode);
}

}  // namespace agent::host
