#include "claims.hpp"

#include <filesystem>

namespace logkit {
namespace {

namespace fs = std::filesystem;

std::string resolved(const fs::path& path) {
  std::error_code error;
  const fs::path found = fs::weakly_canonical(path, error);
  return error ? path.string() : found.string();
}

}  // namespace

Claim::Claim(const FileSource& source, const std::vector<EntryFile>& entries) {
  for (const EntryFile& entry : entries) entries_.emplace(entry.key.inode, entry);
  std::string why_not;
  for (const std::string& path : source.find(&why_not)) {
    FileFacts facts;
    if (look_at(path, facts)) covered_.insert(facts.key);
  }
  needs_all_ = !why_not.empty();
}

Claim::Claim(const FileSource& source) {
  for (const std::string& directory : source.directories()) directories_.insert(resolved(directory));
}

Claim Claim::of_all() {
  Claim claim;
  claim.needs_all_ = true;
  return claim;
}

bool Claim::needs(const EntryFile& file) const {
  if (needs_all_ || directories_.contains(resolved(fs::path(file.path).parent_path()))) return true;
  bool has_it = false;
  const auto [begin, end] = entries_.equal_range(file.key.inode);
  for (auto at = begin; at != end; ++at) {
    const EntryFile& entry = at->second;
    if (!entry.path.empty() && entry.key != file.key) continue;  // of another disk
    if (!entry.is_finished || entry.size != file.size) return true;
    has_it = true;
  }
  return !has_it && covered_.contains(file.key);
}

}  // namespace logkit
