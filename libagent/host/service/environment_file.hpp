// What people write into /etc/default/<name> for a shell, and systemd takes otherwise (systemd.exec(5),
// EnvironmentFile=): it knows no `export` and expands nothing.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::host {

// Its variables as systemd reads them: quotes around a value are taken off, nothing is expanded. Escapes and
// values over several lines are not understood.
std::vector<std::pair<std::string, std::string>> parse_environment_file(std::string_view text);

// One warning for each such line: "/etc/default/x: line 3: systemd does not …". `path` is for the messages.
std::vector<std::string> check_environment_file(std::string_view text, std::string_view path);

}  // namespace agent::host
