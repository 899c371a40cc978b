#include "etc_files.hpp"

#include <algorithm>
#include <array>

#include "text_scan.hpp"

namespace host {
namespace {

std::string_view take_field(std::string_view& line) {
  const std::size_t end = std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

}  // namespace

std::vector<agent::wire::UserFacts> parse_passwd(std::string_view text) {
  std::vector<agent::wire::UserFacts> users;
  while (!text.empty()) {
    std::string_view line = stripped(take_line(text));
    if (line.empty() || line.front() == '#' || line.front() == '+' || line.front() == '-') continue;
    const std::string_view name = take_field(line);
    take_field(line);
    const std::string_view id = take_field(line);
    const std::string_view group = take_field(line);
    if (name.empty() || !number_in(id) || !number_in(group)) continue;
    users.push_back({std::string(name), std::string(id), std::string(group)});
  }
  return users;
}

std::vector<std::string> parse_name_servers(std::string_view text) {
  std::vector<std::string> servers;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    // The word begins its line; the resolver overlooks it otherwise.
    if (!line.starts_with("nameserver")) continue;
    take_word(line);
    std::string server(stripped(take_word(line)));
    if (!server.empty() && std::find(servers.begin(), servers.end(), server) == servers.end())
      servers.push_back(std::move(server));
  }
  return servers;
}

}  // namespace host
