// FilePrint: how a file is known again: after a restart of the agent or the machine, under another name, and
// apart from another file that has its name or its inode now.
//
// The fingerprint is a hash of the file's first bytes, as many as there were, up to 1 KiB: it grows with the
// file. The mark is a hash of the 32 bytes before the offset up to which the file was read: it tells a file
// that was truncated and has grown again from one that only grew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "input_file.hpp"

namespace logkit {

inline constexpr std::uint32_t kPrintSize = 1024;
inline constexpr std::uint32_t kMarkSize = 32;

struct FilePrint {
  std::string file_system;  // file_system_name()
  std::uint64_t inode = 0;
  std::uint32_t size = 0;  // bytes in the hash
  std::uint64_t hash = 0;

  bool operator==(const FilePrint&) const = default;
};

// 64 bits of FNV-1a.
std::uint64_t hash_of(std::string_view bytes);

// The print of the first `size` bytes, fewer if the file has not so many.
FilePrint take_print(const InputFile& file, std::uint32_t size = kPrintSize);
// The file has that inode and begins with these bytes.
bool has_print(const InputFile& file, const FilePrint& print);

// The hash of the bytes before the offset, as many as there are up to 32. A file that is read as its text,
// and does not change any more, has one mark for every offset: that at the end of the file itself.
std::uint64_t take_mark(const InputFile& file, std::uint64_t offset);
// The file reaches to the offset, and the bytes before it have that hash.
bool has_mark(const InputFile& file, std::uint64_t offset, std::uint64_t mark);

}  // namespace logkit
