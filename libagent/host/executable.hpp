// Where the running program lies, for paths that are relative to it (reference agent behaviour, 3: log.dir).
#pragma once

#include <string>
#include <string_view>

namespace agent::host {

// Absolute path of the running program; the path it had when an upgrade has since replaced the file.
// Throws Errc::io when the operating system does not tell.
std::string program_path();

// The same path as it was called, with the links in it: `name` is argv[0], looked up in PATH when it has no
// slash. program_path() when that leads to another file.
std::string called_program_path(const std::string& name);

// The first file `name` that may be executed in the absolute directories of PATH, and then of `more`, which
// are separated by colons. "" for none.
std::string find_in_path(const std::string& name, std::string_view more = "");

// An absolute path as it is, a relative one below the program's directory, "" as that directory; `.` and
// `..` are resolved as text. Throws as program_path().
std::string resolve_beside_program(std::string_view path);

// The same for a given program.
std::string resolve_beside(std::string_view program, std::string_view path);

}  // namespace agent::host
