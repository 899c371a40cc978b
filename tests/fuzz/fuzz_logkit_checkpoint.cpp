// The checkpoint of logkit-agent, damaged in any way.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "examples/logkit-agent/read/checkpoint.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace logkit;
namespace fs = std::filesystem;

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

// Each line of the text with its checksum.
std::string with_checksums(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const std::string_view line = fuzz::take_line(text);
    const std::uint32_t crc = crc32(line);
    for (int shift = 28; shift >= 0; shift -= 4) out += kDigits[(crc >> shift) & 15];
    out += ' ';
    out += line;
    out += '\n';
  }
  return out;
}

FilePosition position_of(std::string_view bytes) {
  FilePosition position;
  position.id = new_file_id();
  position.generation = fuzz::take_byte(bytes);
  position.offset = (std::uint64_t{fuzz::take_byte(bytes)} << 56) + fuzz::take_byte(bytes);
  position.empty_at_ns = static_cast<std::int64_t>(fuzz::take_byte(bytes));
  position.print.inode = fuzz::take_byte(bytes);
  position.print.hash = ~std::uint64_t{fuzz::take_byte(bytes)};
  position.print.file_system = fuzz::take_line(bytes);
  position.path = bytes;
  return position;
}

void check_line(const FilePosition& position) {
  const std::string line = checkpoint_line(position);
  FilePosition again;
  fuzz::require(line.ends_with('\n') && line.find('\n') + 1 == line.size(), "a position of several lines");
  fuzz::require(read_checkpoint_line(line, again) && again == position, "a position does not come back");
  std::string damaged = line;
  damaged[line.size() / 2] = static_cast<char>(damaged[line.size() / 2] ^ 1);
  fuzz::require(!read_checkpoint_line(damaged, again), "damage is not noticed");
}

// Opens a checkpoint over the file: what it says stays until something else is put.
void open(const fs::path& directory) {
  FilePosition added;
  added.id = "0123456789abcdef";
  added.path = "/added";
  added.offset = 7;
  std::map<std::string, FilePosition> expected;
  {
    Checkpoint checkpoint(directory.string());
    checkpoint.put({&added, 1});
    expected = checkpoint.positions();
    fuzz::require(expected.at(added.id) == added, "a position is not kept");
  }
  fuzz::require(Checkpoint(directory.string()).positions() == expected, "positions do not come back");
}

}  // namespace

// The first byte: 1 the lines get right checksums, 2 the input is one position; otherwise it is the file.
void fuzz::logkit_checkpoint(std::string_view input) {
  const unsigned how = take_byte(input);
  if (how == 2) return check_line(position_of(input));
  const std::string text = how == 1 ? with_checksums(input) : std::string(input);
  const fs::path directory = fs::temp_directory_path() / ("fuzz-checkpoint-" + std::to_string(::getpid()));
  fs::create_directories(directory);
  std::ofstream(directory / "checkpoint", std::ios::binary | std::ios::trunc) << text;
  std::ofstream(directory / "checkpoint.old", std::ios::binary | std::ios::trunc)
      << std::string_view(text).substr(text.size() / 2);
  open(directory);
  fs::remove_all(directory);
}
