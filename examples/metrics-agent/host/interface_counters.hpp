// What network interfaces have sent and received: /proc/net/dev (proc(5)). Pure; any thread.
#pragma once

#include <agent/wire/metrics.hpp>
#include <string_view>
#include <vector>

namespace host {

// One for each line, in its order. The two lines of headings, and lines that are cut, are left out.
std::vector<agent::wire::InterfaceUsage> parse_net_dev(std::string_view text);

}  // namespace host
