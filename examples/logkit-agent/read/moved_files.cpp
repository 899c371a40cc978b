#include "moved_files.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>

#include "packed_text.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;

// File systems keep times in steps of up to so much.
constexpr std::chrono::nanoseconds kCoarsestTime = std::chrono::seconds(2);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view directory_of(std::string_view path) {
  return path.substr(0, std::min(path.rfind('/'), path.size()));
}

// The name without the numbers that stand behind a '.', '-' or '_', and without ".gz".
std::string log_name(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (packing_of(name) != Packing::none) name = name.substr(0, name.rfind('.'));
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at + 1;
    if (name[at] == '.' || name[at] == '-' || name[at] == '_')
      while (end < name.size() && is_digit(name[end])) ++end;
    const bool is_number = end > at + 1 && (end == name.size() || std::string_view(".-_").find(name[end]) !=
                                                                      std::string_view::npos);
    if (!is_number) out += name.substr(at, end - at);
    at = end;
  }
  return out;
}

// The beginning of the text, or as much as there is.
std::string first_kilobyte(const std::string& path) {
  const InputFile file(path);
  PackedText text(packing_of(path));
  std::string head(kPrintSize, '\0');
  std::size_t count = 0;
  while (count < head.size() && !text.is_exhausted())
    count += text.read(file, std::span(head).subspan(count));
  head.resize(count);
  return head;
}

}  // namespace

std::string find_inode(const std::string& directory, std::uint64_t inode, bool& is_readable) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  is_readable = !error;
  for (const fs::directory_iterator none; !error && entry != none; entry.increment(error)) {
    FileFacts facts;
    if (look_at(entry->path().string(), facts) && facts.key.inode == inode && facts.is_regular)
      return entry->path().string();
  }
  return {};
}

std::vector<std::string> find_packed(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (const fs::directory_iterator none; !error && entry != none; entry.increment(error))
    if (packing_of(entry->path().native()) != Packing::none) paths.push_back(entry->path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool is_in_place(const std::string& path, const FilePosition& position) {
  FileFacts facts;
  if (!look_at(path, facts) || facts.key.inode != position.print.inode) return false;
  try {
    const InputFile file(path);
    if (position.packed_size == 0) return has_print(file, position.print);
    return has_mark(file, position.packed_size, position.mark);
  } catch (const agent::Error&) {
    return true;  // it cannot be told
  }
}

std::string path_now(const FilePosition& position) {
  if (is_in_place(position.path, position)) return position.path;
  bool is_readable = false;
  std::string path = find_inode(std::string(directory_of(position.path)), position.print.inode, is_readable);
  if (!is_readable) return position.path;  // it cannot be told
  return !path.empty() && is_in_place(path, position) ? path : std::string();
}

std::string log_of(std::string_view path) { return std::string(directory_of(path)) + "/" + log_name(path); }

bool are_of_one_log(std::string_view a, std::string_view b) {
  return directory_of(a) == directory_of(b) && log_name(a) == log_name(b);
}

bool may_be_copy_of(const FilePosition& position, const CopyFacts& copy) {
  const FilePrint& print = position.print;
  const std::string_view head = copy.head;
  if (print.size < kPrintSize && !are_of_one_log(position.path, copy.path)) return false;
  if (print.size == 0)
    return position.empty_at_ns > 0 && !head.empty() &&
           copy.modified_ns > position.empty_at_ns - kCoarsestTime.count();
  return head.size() >= print.size && hash_of(head.substr(0, print.size)) == print.hash;
}

std::set<std::string> CopySearch::find(const FilePosition& position) {
  std::set<std::string> found;
  for (const CopyFacts& copy : candidates(std::string(directory_of(position.path)))) {
    // One that is being written may have no more than this yet.
    const bool is_short = copy.head.size() < position.print.size && are_of_one_log(position.path, copy.path);
    if (is_short || may_be_copy_of(position, copy)) found.insert(copy.path);
  }
  return found;
}

const std::vector<CopyFacts>& CopySearch::candidates(const std::string& directory) {
  const auto [place, is_new] = candidates_.try_emplace(directory);
  if (!is_new) return place->second;
  for (const std::string& path : find_packed(directory)) {
    std::string head;
    try {
      head = first_kilobyte(path);
    } catch (const agent::Error&) {
      // Whoever reads it tells what is wrong.
    }
    FileFacts facts;
    if (look_at(path, facts)) place->second.push_back({path, std::move(head), facts.modified_ns});
  }
  return place->second;
}

}  // namespace logkit
