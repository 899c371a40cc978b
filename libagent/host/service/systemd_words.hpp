// Paths and arguments as a unit file of systemd writes them, so that systemd of the given version reads back
// exactly the same bytes (systemd.syntax(7), systemd.service(5) "Command lines", systemd.unit(5)
// "Specifiers"). All functions throw Errc::bad_config with the name of the character that this version cannot
// be told.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agent::host {

// The first word of ExecStart=. Blanks are \x20, since old versions do not take a quoted program; '%' is
// doubled since version 239, the first of which we know that it looks for specifiers there, and refused
// before;
// '$' means nothing there. No version takes quotes, backslashes and control characters.
std::string systemd_program(std::string_view path, unsigned version);

// Throws for a line that is longer than this version reads.
void check_line(std::string_view line, unsigned version);

// A further word of ExecStart=, quoted where it must be: '%' and '$' are doubled.
std::string systemd_argument(std::string_view argument, unsigned version);

// A word of ReadWritePaths=. nullopt when the versions differ in how they read it.
std::optional<std::string> systemd_path(std::string_view path);

// Text behind Description= and the like.
std::string systemd_text(std::string_view text);

}  // namespace agent::host
