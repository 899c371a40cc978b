// Which plugin of a classic agent is to serve a request.
#pragma once

#include <string>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

// Member `plugin` of every request to a classic agent, beside the payload.
struct Plugin {
  std::string name;
  std::string version;
  Md5 md5{};
  std::string uri;

  static void fields(auto& field) {
    field("name", &Plugin::name, "name");
    field("version", &Plugin::version, "x.y.z");
    field("md5", &Plugin::md5, "digest of the program");
    field("uri", &Plugin::uri, "path of the program on the server");
  }
};

}  // namespace agent::wire
