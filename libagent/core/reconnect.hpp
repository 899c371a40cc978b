// Reconnect: which server is tried next, and when. Decisions only: no I/O, the clock is a parameter.
//
// The configured servers are tried in order, without a pause between them; a pause (1, 2, 4 s, each with
// full jitter) comes before they are tried again from the first. A server that said when to come back is
// left alone until then. A redirect's servers are tried in order, then the configured ones again.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.hpp"

namespace agent::core {

// Servers that send us on and on in a circle: after this many redirects in a row they count as failed.
inline constexpr int kMaxRedirects = 5;
// Only a session that lasted so long (the longest pause) restarts the pauses: otherwise a server that
// accepts and closes at once would be called on every second.
inline constexpr std::chrono::seconds kProvenSession{4};

class Reconnect {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Reconnect(std::vector<std::string> servers, Backoff backoff)
      : servers_(std::move(servers)), backoff_(std::move(backoff)), round_(servers_) {}

  struct Attempt {
    std::string server;
    Time at;
  };
  // The next attempt. How it goes is told by one of the functions below, or none: it failed.
  Attempt next(Time now);

  // The server of the last attempt said no, or leaves; and perhaps for how long.
  void refused(Time now, std::optional<std::chrono::seconds> retry_after);
  // It named other servers, instead of a session.
  void redirected(std::vector<std::string> servers);
  // A session with it has ended after `lasted`. `elsewhere`: the servers it named, if any. The agents of
  // a server that closes all come at once, so that a pause comes first.
  void ended(Time now, std::chrono::nanoseconds lasted, std::vector<std::string> elsewhere = {});

 private:
  bool waits(const std::string& server) const;
  void start_round(Time now);

  std::vector<std::string> servers_;
  Backoff backoff_;
  std::vector<std::string> round_;  // tried in order from place_ on
  std::size_t place_ = 0;
  Time round_at_{};
  int redirects_ = 0;
  std::string last_;
  std::map<std::string, Time> not_before_;
};

}  // namespace agent::core
