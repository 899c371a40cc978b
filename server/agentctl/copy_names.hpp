// What stands behind `agentctl cp`, and which names a machine may give to what is written here. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentctl {

// "ID:path", "ID,ID:path", or a path of this machine. One that has a colon and is local begins with "./" or
// "/".
struct Place {
  std::string agent;  // "" = here; several with commas
  std::string path;

  bool is_remote() const { return !agent.empty(); }
};
Place parse_place(std::string_view text);
// "a,b" → a, b
std::vector<std::string> split_ids(std::string_view ids);

struct CopyOrder {
  std::vector<Place> sources;  // all here, or all on machines
  Place target;
};
// Throws Errc::bad_config: fewer than two places, none or both ends on machines, a path that is empty.
CopyOrder parse_copy(const std::vector<std::string>& words);

// The last part of a path, without slashes behind it; "" for "/", "." and "..".
std::string base_name(std::string_view path);
// "dir/name", with one slash.
std::string join_path(std::string_view directory, std::string_view name);

// The file name behind a name of a listing (docs/files.md, "Names"), which is a machine's word: throws
// Errc::refused for one that is no name of a single file: "", ".", "..", with a slash or a NUL, too long.
std::string checked_name(std::string_view listed);

// What an entry of a listing is, by Go's mode bits (io/fs).
enum class EntryKind { file, directory, link, other };
EntryKind kind_of(std::uint64_t go_mode, bool is_link);

// "1.5 GiB"; "3:07" or "1:02:03".
std::string shown_bytes(std::uint64_t bytes);
std::string shown_time(std::uint64_t seconds);

}  // namespace agentctl
