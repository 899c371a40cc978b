#include "checkpoint.hpp"

#include <agent/error.hpp>
#include <agent/json.hpp>
#include <agent/path_text.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include "checked_line.hpp"

namespace logkit {
namespace {

constexpr int kVersion = 1;
// Below this size the file is not replaced.
constexpr std::uint64_t kSmall = 256 * 1024;

struct Entry {
  int version = kVersion;
  std::string id;
  std::string path;
  std::string file_system;
  std::uint64_t inode = 0;
  std::uint32_t print_size = 0;
  std::uint64_t print = 0;
  std::uint64_t generation = 0;
  std::uint64_t offset = 0;
  std::uint64_t mark = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t plain_size = 0;
  std::int64_t empty_at = 0;
  std::uint64_t files = 0;  // of a snapshot's first line: so many lines follow
  bool is_snapshot = false;
  bool is_gone = false;

  static void fields(auto& field) {
    field("v", &Entry::version);
    field("id", &Entry::id, "", agent::omit_empty);
    field("path", &Entry::path, "", agent::omit_empty);
    field("fs", &Entry::file_system, "", agent::omit_empty);
    field("inode", &Entry::inode, "", agent::omit_empty);
    field("psize", &Entry::print_size, "", agent::omit_empty);
    field("print", &Entry::print, "", agent::omit_empty);
    field("gen", &Entry::generation, "", agent::omit_empty);
    field("offset", &Entry::offset, "", agent::omit_empty);
    field("mark", &Entry::mark, "", agent::omit_empty);
    field("packed", &Entry::packed_size, "", agent::omit_empty);
    field("plain", &Entry::plain_size, "", agent::omit_empty);
    field("empty", &Entry::empty_at, "", agent::omit_empty);
    field("files", &Entry::files, "", agent::omit_empty);
    field("snapshot", &Entry::is_snapshot, "", agent::omit_empty);
    field("gone", &Entry::is_gone, "", agent::omit_empty);
  }
};

std::string to_line(const Entry& entry) { return checked_line(agent::json::encode(entry)); }

bool from_line(std::string_view line, Entry& entry) {
  const std::optional<std::string_view> json = read_checked_line(line);
  if (!json) return false;
  try {
    entry = agent::json::decode<Entry>(std::string(*json));
  } catch (const agent::Error&) {
    return false;
  }
  return entry.version == kVersion;
}

Entry to_entry(const FilePosition& position) {
  Entry entry;
  entry.id = position.id;
  entry.path = agent::path_text(position.path);
  entry.file_system = agent::path_text(position.print.file_system);
  entry.inode = position.print.inode;
  entry.print_size = position.print.size;
  entry.print = position.print.hash;
  entry.generation = position.generation;
  entry.offset = position.offset;
  entry.mark = position.mark;
  entry.packed_size = position.packed_size;
  entry.plain_size = position.plain_size;
  entry.empty_at = position.empty_at_ns;
  return entry;
}

FilePosition to_position(const Entry& entry) {
  return {entry.id,
          agent::path_bytes(entry.path),
          {agent::path_bytes(entry.file_system), entry.inode, entry.print_size, entry.print},
          entry.generation,
          entry.offset,
          entry.mark,
          entry.packed_size,
          entry.plain_size,
          entry.empty_at};
}

std::string gone_line(const std::string& id) {
  Entry entry;
  entry.id = id;
  entry.is_gone = true;
  return to_line(entry);
}

void apply(const Entry& entry, std::map<std::string, FilePosition>& positions) {
  if (entry.id.empty()) return;
  if (entry.is_gone)
    positions.erase(entry.id);
  else
    positions[entry.id] = to_position(entry);
}

// The valid lines of a file, and how many were not.
std::uint64_t read_entries(const std::string& path, std::vector<Entry>& entries) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t damaged = 0;
  for (std::string line; std::getline(file, line);) {
    Entry entry;
    if (from_line(line, entry))
      entries.push_back(std::move(entry));
    else if (!line.empty())
      ++damaged;
  }
  return damaged;
}

// The file begins with a snapshot, all lines of which are there.
bool is_complete(const std::vector<Entry>& entries) {
  if (entries.empty() || !entries.front().is_snapshot || entries.size() <= entries.front().files)
    return false;
  return std::none_of(entries.begin() + 1, entries.begin() + 1 + static_cast<long>(entries.front().files),
                      [](const Entry& entry) { return entry.is_gone || entry.is_snapshot; });
}

}  // namespace

std::string new_file_id() {
  static std::random_device device;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  while (id.size() < 16) {
    const unsigned number = device();
    for (int shift = 0; shift < 32; shift += 4) id += kDigits[(number >> shift) & 15];
  }
  return id;
}

std::string checkpoint_line(const FilePosition& position) { return to_line(to_entry(position)); }

bool read_checkpoint_line(std::string_view line, FilePosition& position) {
  Entry entry;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (!from_line(line, entry) || entry.id.empty()) return false;
  position = to_position(entry);
  return true;
}

Checkpoint::Checkpoint(const std::string& directory) : path_(directory + "/checkpoint") {
  std::error_code ignored;
  is_new_ = !std::filesystem::exists(path_, ignored) && !std::filesystem::exists(path_ + ".old", ignored);
  // Damage of a snapshot is damage of what the file before it has.
  if (!load(path_)) {
    positions_.clear();
    damaged_ = 0;
    load(path_ + ".old");
    load(path_);
  }
  file_ = std::make_unique<StateFile>(path_);
  if (file_->size() == 0) write(snapshot());
}

bool Checkpoint::load(const std::string& path) {
  std::vector<Entry> entries;
  const std::uint64_t damaged = read_entries(path, entries);
  damaged_ += damaged;
  for (const Entry& entry : entries) apply(entry, positions_);
  return is_complete(entries);
}

std::string Checkpoint::snapshot() const {
  Entry first;
  first.is_snapshot = true;
  first.files = positions_.size();
  std::string text = to_line(first);
  for (const auto& [id, position] : positions_) text += checkpoint_line(position);
  return text;
}

void Checkpoint::write(std::string text) {
  unwritten_ += text;
  // What could not be written is all in the state: the next snapshot has it.
  if (unwritten_.size() > kSmall) unwritten_ = snapshot();
  is_dirty_ = true;
  file_->append(unwritten_);
  std::string().swap(unwritten_);  // its memory goes, too: a snapshot may be megabytes
  compact_if_large();
}

void Checkpoint::compact_if_large() {
  if (file_->size() < kSmall || file_->size() < 2 * snapshot_size_) return;
  const std::string text = snapshot();
  file_->replace(text, path_ + ".old");
  snapshot_size_ = text.size();
}

void Checkpoint::put(std::span<const FilePosition> positions) {
  std::string text;
  for (const FilePosition& position : positions) {
    positions_[position.id] = position;
    text += checkpoint_line(position);
  }
  if (!text.empty()) write(std::move(text));
}

void Checkpoint::forget(const std::string& id) {
  if (positions_.erase(id) > 0) write(gone_line(id));
}

void Checkpoint::sync() {
  if (!file_->is_in_place()) {
    file_->replace(snapshot(), path_ + ".old");
    unwritten_.clear();
    is_dirty_ = false;
    return;
  }
  if (!unwritten_.empty()) write({});
  if (!is_dirty_) return;
  file_->sync();
  is_dirty_ = false;
}

void Checkpoint::clear() {
  positions_.clear();
  unwritten_.clear();
  is_dirty_ = false;
  file_->replace(snapshot(), path_ + ".old");
}

}  // namespace logkit
