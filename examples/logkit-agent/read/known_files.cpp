#include "known_files.hpp"

namespace logkit {
namespace {

bool is_on_another(const FilePosition& position, const std::string& system) {
  const std::string& known = position.print.file_system;
  return known.starts_with("uuid:") && system.starts_with("uuid:") && known != system;
}

}  // namespace

void KnownFiles::refresh() {
  by_inode_.clear();
  is_indexed_ = false;
}

void KnownFiles::index() {
  if (is_indexed_) return;
  for (const auto& [id, position] : checkpoint_.positions())
    if (!open_.contains(id) && position.packed_size == 0) by_inode_.emplace(position.print.inode, id);
  is_indexed_ = true;
}

KnownFiles::Match KnownFiles::recognize(const InputFile& file, const FileFacts& facts) {
  index();
  const std::string system = file_system_name(file.path(), facts.key.device);
  Match match;
  const auto [begin, end] = by_inode_.equal_range(facts.key.inode);
  for (auto candidate = begin; candidate != end; ++candidate) {
    const auto found = checkpoint_.positions().find(candidate->second);
    if (found == checkpoint_.positions().end() || is_open(found->first)) continue;
    const FilePosition& position = found->second;
    if (is_on_another(position, system)) continue;
    if (!has_print(file, position.print)) {
      if (position.print.file_system == system) match.taken.push_back(position.id);
      continue;
    }
    match.position = position;
    match.is_known = true;
    match.taken.clear();
    match.is_truncated = !has_mark(file, position.offset, position.mark);
    if (!match.is_truncated) return match;
    ++match.position.generation;
    match.position.offset = 0;
    return match;
  }
  match.position.id = new_file_id();
  return match;
}

}  // namespace logkit
