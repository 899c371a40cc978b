// ViewWatch: what one watcher of a view is sent, and when: a pure state machine, which knows no time but what
// it is told, and no network.
//
//   id      1, 2, 3 ... without gaps, or the revision of the change; 0 for error and heartbeat
//   event   init       the state, first
//           update     the state, when it is another than was sent last, or follows an error of the view
//           delete     the same, when keys went away
//           error      why there is no state now, or that the store is away; once, and the watch goes on
//           heartbeat  nothing has happened; on its own beat
//
// States are not queued: next() gives the newest one, so that whoever reads slowly misses some but never the
// last one.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "agent/clock.hpp"
#include "views/view_version.hpp"

namespace server::views {

struct WatchOptions {
  std::chrono::seconds heartbeat{0};    // 0 = none
  std::chrono::milliseconds settle{0};  // quiet for so long before a change is told, at most twice as long
  bool ids_are_revisions = false;
  store::Revision last_seen = 0;  // of a client that comes back; 0 = none
  bool close_on_error = false;
};

// A heartbeat of a year is none.
inline constexpr std::chrono::seconds kMostHeartbeat{365 * 24 * 3600};
inline constexpr std::chrono::seconds kMostSettle{60};

struct ViewEvent {
  std::string_view name;
  store::Revision id = 0;
  Version version{};   // of init, update, delete
  std::string text{};  // of error

  // As a text/event-stream has it; a heartbeat has no line of data.
  std::string encode() const;
};

class ViewWatch {
 public:
  using Time = agent::Clock::time_point;

  ViewWatch(WatchOptions options, Time now);

  // The newest state; null: there is none yet.
  void see(const Version& version, Time now);
  // The store is away (why), or is there ("").
  void see_trouble(const std::string& why);

  // What is to be sent now, until there is nothing.
  std::optional<ViewEvent> next(Time now);
  // When next() may have something although nothing is seen.
  Time wake_at() const;
  // It has ended: nothing comes any more.
  bool is_over() const { return is_over_; }

 private:
  bool is_told(const ViewVersion& version) const;
  std::optional<ViewEvent> next_state();
  ViewEvent tell_error(std::string text);

  const WatchOptions options_;
  Version latest_;
  Version sent_;            // the last state that was sent
  std::string view_fault_;  // that was told, and still holds
  std::string trouble_;     // of the store
  bool is_trouble_told_ = false;
  bool is_pending_ = false;  // latest_ is to be told, at due_
  Time first_change_{};
  Time due_{};
  Time next_beat_;
  store::Revision count_ = 0;
  bool is_over_ = false;
};

}  // namespace server::views
