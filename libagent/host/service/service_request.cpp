#include "host/service/service_request.hpp"

#include <fmt/format.h>

namespace agent::host {

std::string_view to_string(ServiceVerb verb) {
  switch (verb) {
    case ServiceVerb::install: return "install";
    case ServiceVerb::uninstall: return "uninstall";
    case ServiceVerb::start: return "start";
    case ServiceVerb::stop: return "stop";
    case ServiceVerb::restart: return "restart";
    case ServiceVerb::status: return "status";
  }
  return "";
}

ServiceConsole ServiceConsole::standard() {
  ServiceConsole console;
  console.say = [](std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);  // before what the next command writes, and before a wait
  };
  console.complain = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
  return console;
}

}  // namespace agent::host
