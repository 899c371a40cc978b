// BrowserSessions: who has signed in at the web page. A browser gets the id of a session for its token and
// never keeps the token itself: cookies are sent to every port of a host.
//
// In memory only: a server that restarts asks again. Thread-safe; times are parameters.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "grant.hpp"

namespace server {

// From the sign-in on, however much it is used: a working day.
inline constexpr std::chrono::hours kSessionLife{12};
// Sessions of one token's name; the next one ends the oldest of them.
inline constexpr std::size_t kSessionsPerName = 32;
// Sessions of all; beyond, nobody signs in.
inline constexpr std::size_t kSessionsMax = 1024;

class BrowserSessions {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A new session of whoever showed the token of `grant`: its id, 64 hexadecimal digits at random. Throws
  // too_many.
  std::string sign_in(Grant grant, Time now);
  // What the session gives, nullopt when it has ended or there is none. The grant is revoked when the session
  // ends.
  std::optional<Grant> find(std::string_view id, Time now) const;
  // Ends it. Without effect when there is none.
  void sign_out(std::string_view id);
  // Ends those whose time is over or whose token was revoked. True: there were some.
  bool end_outdated(Time now);
  std::size_t size() const;

 private:
  // SHA-256 of an id: how long a search takes tells nothing of ids.
  using Key = std::array<std::uint8_t, 32>;
  struct Session {
    Grant grant;  // of the token
    Time begun;
    std::shared_ptr<Grant::Flag> ended = std::make_shared<Grant::Flag>(false);

    bool is_outdated(Time now) const { return grant.is_revoked() || now - begun >= kSessionLife; }
  };
  using Sessions = std::map<Key, Session>;

  void end(Sessions::iterator session);
  bool end_outdated_locked(Time now);
  void make_room(const std::string& name);

  mutable std::mutex mutex_;
  Sessions sessions_;
};

}  // namespace server
