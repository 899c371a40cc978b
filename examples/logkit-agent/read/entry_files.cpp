#include "entry_files.hpp"

#include <agent/error.hpp>

#include "moved_files.hpp"

namespace logkit {
namespace {

bool is_finished(const FilePosition& position, const std::string& path, std::uint64_t size) {
  if (size == 0) return false;
  if (position.packed_size > 0) return size == position.packed_size && position.offset >= position.plain_size;
  if (size != position.offset) return false;
  try {
    return has_mark(InputFile(path), position.offset, position.mark);
  } catch (const agent::Error&) {
    return false;
  }
}

EntryFile find_entry_file(const FilePosition& position) {
  EntryFile found;
  found.key.inode = position.print.inode;
  const std::string path = path_now(position);
  FileFacts facts;
  if (path.empty() || !look_at(path, facts) || !facts.is_regular) return found;
  if (facts.key.inode != position.print.inode) return found;
  return {path, facts.key, facts.size, facts.modified_ns, is_finished(position, path, facts.size)};
}

}  // namespace

std::vector<EntryFile> find_entry_files(const std::map<std::string, FilePosition>& positions) {
  std::vector<EntryFile> files;
  for (const auto& [id, position] : positions) files.push_back(find_entry_file(position));
  return files;
}

}  // namespace logkit
