#include "file_print.hpp"

#include <algorithm>
#include <array>

#include "packed_text.hpp"

namespace logkit {
namespace {

// Fewer bytes only at the end of the file.
std::string_view read_fully(const InputFile& file, std::uint64_t offset, std::span<char> bytes) {
  std::size_t count = 0;
  while (count < bytes.size()) {
    const std::size_t more = file.read_at(offset + count, bytes.subspan(count));
    if (more == 0) break;
    count += more;
  }
  return {bytes.data(), count};
}

}  // namespace

std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

FilePrint take_print(const InputFile& file, std::uint32_t size) {
  std::array<char, kPrintSize> buffer;
  const std::string_view bytes = read_fully(file, 0, std::span(buffer).first(std::min(size, kPrintSize)));
  const FileKey key = file.facts().key;
  return {file_system_name(file.path(), key.device), key.inode, static_cast<std::uint32_t>(bytes.size()),
          hash_of(bytes)};
}

bool has_print(const InputFile& file, const FilePrint& print) {
  const FilePrint now = take_print(file, print.size);
  return now.inode == print.inode && now.size == print.size && now.hash == print.hash;
}

std::uint64_t take_mark(const InputFile& file, std::uint64_t offset) {
  if (file.packed() != nullptr) return file.packed()->facts().packed_mark;
  std::array<char, kMarkSize> buffer;
  const std::uint64_t count = std::min<std::uint64_t>(offset, kMarkSize);
  return hash_of(read_fully(file, offset - count, std::span(buffer).first(count)));
}

bool has_mark(const InputFile& file, std::uint64_t offset, std::uint64_t mark) {
  return file.facts().size >= offset && take_mark(file, offset) == mark;
}

}  // namespace logkit
