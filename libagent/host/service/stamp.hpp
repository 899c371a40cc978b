// The last line of each definition that we write: a comment for systemd, the shell and upstart alike. It
// tells ours from others', and an edited one from one that is as we left it, and keeps what only uninstall
// needs.
//
//   # agent-service {"sha256":"<of the text above>","conf":"/opt/exec-agent/conf/agent.conf","data":[…]}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/fields.hpp"

namespace agent::host {

struct ServiceStamp {
  std::string sha256;             // of the text above, hexadecimal
  std::string conf;               // configuration file
  std::string user;               // "" = root
  std::vector<std::string> data;  // directories that hold nothing but the program's data
  std::vector<std::string> logs;  // directories that it writes log files into, perhaps beside others

  static void fields(auto& field) {
    field("sha256", &ServiceStamp::sha256);
    field("conf", &ServiceStamp::conf);
    field("user", &ServiceStamp::user, "", omit_empty);
    field("data", &ServiceStamp::data, "", omit_empty);
    field("logs", &ServiceStamp::logs, "", omit_empty);
  }
};

enum class DefinitionOwner {
  ours,    // as we wrote it
  edited,  // ours, and changed since
  other,   // no stamp
};

struct ReadDefinition {
  DefinitionOwner owner = DefinitionOwner::other;
  ServiceStamp stamp;  // of ours
  std::string text;    // without the stamp
};

// `text`, which ends with a newline, with the stamp behind it; its sum is filled in.
std::string stamp_definition(std::string_view text, ServiceStamp stamp);
ReadDefinition read_definition(std::string_view stamped);

}  // namespace agent::host
