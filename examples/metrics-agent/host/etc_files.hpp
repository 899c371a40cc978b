// Users and name servers, as the files in /etc say. Pure; any thread.
#pragma once

#include <agent/wire/host.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace host {

// Lines of passwd(5), in their order: the login name, not the full one. Comments, the +/- entries of NIS, and
// lines that are cut or have ids that are no numbers are left out.
std::vector<agent::wire::UserFacts> parse_passwd(std::string_view text);

// The addresses of lines `nameserver` of resolv.conf(5), in their order, each once. A zone stays:
// "fe80::1%eth0".
std::vector<std::string> parse_name_servers(std::string_view text);

}  // namespace host
