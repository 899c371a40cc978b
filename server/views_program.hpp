// `agent-server views`: the views alone, over somebody else's etcd, in the place of a lainlet. Nothing is
// written there, and nothing on this machine's disk.
#pragma once

#include <string>

namespace server {

struct ViewsProgram {
  std::string web = ":9001";  // address:port, or a port of every address
  std::string etcd;           // its members: "host:port,host:port"
  std::string ip;             // of this machine, as nodes have it
  std::string prefix = "/lain";
  std::string token_file;  // "" = callers need no token
  bool is_open = false;    // source addresses do not count (-noauth)
  bool is_debug = false;
};

// Until it is told to stop. Listens where it is told, with a warning when that is beyond this machine and
// there are no tokens. Throws Errc::bad_config and Errc::io.
void serve_views(const ViewsProgram& program);

}  // namespace server
