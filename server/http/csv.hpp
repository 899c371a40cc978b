// Lists as clients give them: one value with commas (csv: seed 004, section 4.1.6.4), or the key once per
// item, as the originals' clients do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace server {

// "a,b%2c%c" is "a" and "b,c". Empty items are left out.
std::vector<std::string> split_csv(std::string_view text);

// Lists of names and numbers, which have no commas: every value is csv.
std::vector<std::string> read_list(const std::vector<std::string>& values);

// A command's arguments: a single value is csv; several are the arguments as they are, commas and all.
std::vector<std::string> read_arguments(const std::vector<std::string>& values);

// KEY=value entries: several values are the entries as they are. A single one is csv when each of its
// items looks like KEY=..., and else one entry, in which "%2c%" is a comma too. Empty entries are left out.
std::vector<std::string> read_environment(const std::vector<std::string>& values);

}  // namespace server
