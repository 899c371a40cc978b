// The files of a Spool: what it needs of the operating system. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file_handle.hpp"

namespace agent::spool {

// A file of records whose first has this number.
std::string records_path(const std::string& directory, std::uint64_t first);

// The first numbers of all files of records, in order. Throws Errc::io.
std::vector<std::uint64_t> list_records(const std::string& directory);

// Opens or makes a file for reading and writing, mode 0600, which no other object has open by this function.
// Throws Errc::io, Errc::busy.
FileHandle open_alone(const std::string& path);

// Makes a file that is read and appended to, mode 0600, or opens one. Without a file and with errno set when
// that fails.
FileHandle make_records(const std::string& path);
FileHandle open_records(const std::string& path);

// Cuts a file off. False when that fails.
bool cut_off(const FileHandle& file, std::uint64_t size);

void remove_file(const std::string& path);

}  // namespace agent::spool
