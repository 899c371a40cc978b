// EtcdOptions: where an etcd is, who we are there, and how patient we are.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/tls.hpp"
#include "store/change_history.hpp"
#include "store/etcd_keys.hpp"

namespace server::store {

// All below the 7 s after which etcd itself gives up (5 s and two elections).
struct EtcdTiming {
  std::chrono::milliseconds connect{1500};
  // One attempt of what may be repeated; then the next endpoint's turn comes.
  std::chrono::milliseconds attempt{1500};
  // A watch, and each call that it begins with, has this time.
  std::chrono::milliseconds begin{3000};
  // An answer waits so long for the watch to have brought what it is about.
  std::chrono::milliseconds catch_up{1000};
  // How often the watch's server is asked whether it lives, and what silence is too long.
  std::chrono::milliseconds progress{5000};
  std::chrono::milliseconds silence{8000};
  // The same of a server, or a proxy before it, that takes no questions while it answers.
  std::chrono::milliseconds silence_unasked{30000};
  // The constructor of a store waits so long for the first answer.
  std::chrono::milliseconds start{30000};
};

struct EtcdOptions {
  std::vector<std::string> endpoints;  // "host:port", tried in turn
  std::string prefix = "agent";        // every key is "<prefix>/<key>"; "<prefix>" says the format
  // The keys below the prefix are somebody else's: they are read as they are, and nothing is written.
  bool is_foreign = false;
  std::shared_ptr<agent::net::TlsContext> tls;  // null: in the clear
  std::string user;                             // "" = none
  std::string password;
  HistoryLimits history;
  EtcdTiming timing;
  std::function<double()> random;  // [0, 1); null = the system's

  EtcdKeys keys() const { return is_foreign ? EtcdKeys::whole(prefix) : EtcdKeys(prefix); }
};

}  // namespace server::store
