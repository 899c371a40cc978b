// Contexts: which server agentctl talks to, and as whom. They come from the command line, the environment and
// ~/.config/agentctl/config.yaml:
//
//   current: prod
//   contexts:
//     prod:
//       url: https://agents.example.org
//       token_file: ~/.config/agentctl/prod.token
//       ca: /etc/ssl/own-ca.pem       # who signed the server, if the system does not know
//       cert: ~/.config/agentctl/me.pem   # own certificate, for servers that ask for one
//       key: ~/.config/agentctl/me.key
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/dial.hpp"

namespace agentctl {

inline constexpr const char* kDefaultUrl = "http://127.0.0.1:13081";

// What is said by the command line or by one context; "" = nothing. Paths, not contents.
struct Context {
  std::string name;
  std::string url;
  std::string token_file;
  std::string ca;
  std::string cert;
  std::string key;
};

struct ContextFile {
  std::string path;  // "" if there is none
  std::string current;
  std::map<std::string, Context> contexts;
};

// Where the file is: AGENTCTL_CONFIG, or $XDG_CONFIG_HOME/agentctl/config.yaml, or the one above.
std::string context_path();
// A file that does not exist has no contexts. Throws Errc::bad_config with file and line for unknown keys
// (and the nearest known one), wrong values and a `current` that is not there.
ContextFile read_contexts(const std::string& path);
ContextFile parse_contexts(std::string_view text, const std::string& path);

// The one to use: `given` (flags), then the environment (AGENTCTL_URL, AGENTCTL_TOKEN_FILE) unless `given`
// names a context, then that context or else the current one, then kDefaultUrl. A URL that does not come from
// a context takes nothing of it: a token goes only to the server that it is for. Throws Errc::bad_config for
// a context that is not there.
Context choose_context(const ContextFile& file, Context given,
                       const std::map<std::string, std::string>& environment);

// The parts of "https://host:port/prefix"; the port is that of the scheme if there is none. Throws
// bad_config.
struct Url {
  bool tls = false;
  std::string host;
  std::string port;
  std::string prefix;  // of all paths, behind a proxy that has one: "/agents" or ""
  std::string text() const;
  bool is_loopback() const;
};
Url parse_url(const std::string& text);

// The token in a file of mode 0600 (or less): its first line that is no comment; of `name token` the second
// word. Throws bad_config and says what to do, never with the token.
std::string read_token(const std::string& path);

// What the HTTP client needs: reads token and certificates, asks the environment for a proxy.
struct Connection {
  Context context;
  Url url;
  agent::net::DialOptions dial;
};
Connection make_connection(Context context);

}  // namespace agentctl
