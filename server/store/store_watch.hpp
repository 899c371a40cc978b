// Watch: every change of a range of keys, in order. View: the newest state of a range, whenever it is
// another.
//
// A Watch is for what must see each change; a View for what shows how things are. Both belong to the loop
// that waits for them and may be destroyed there at any time; one next() at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "agent/clock.hpp"
#include "agent/task.hpp"
#include "store/key_value.hpp"

namespace server::store {

using Time = agent::Clock::time_point;

// The watches of one client, and all of them, with the views.
inline constexpr std::size_t kWatchesPerClient = 1000;
inline constexpr std::size_t kWatches = 20'000;
// A message ends with the revision that makes it so long.
inline constexpr std::size_t kEventsPerMessage = 1000;

struct WatchOrder {
  KeyRange range;
  Revision from = 0;   // the first revision that is wanted; 0: those after now
  std::string client;  // whose it is, for kWatchesPerClient; "" = the server's own, not counted
};

struct WatchMessage {
  enum class Kind {
    events,     // never a part of a revision
    progress,   // there was nothing else up to `revision`
    compacted,  // the first message: what was asked for is gone up to `revision`. The last one
    cancelled,  // the watch is over, see `reason`. The last one
  };
  Kind kind = Kind::progress;
  // Everything up to here has been given: the next watch begins behind it.
  Revision revision = 0;
  std::vector<Item> events;  // deletes, too (KeyValue::is_deleted)
  std::string reason;
};

class Watch {
 public:
  virtual ~Watch() = default;
  // The next message; at `deadline` it is one of progress. Throws Fault::unavailable when the store cannot
  // tell then whether there is anything, Errc::cancelled when the coroutine is cancelled. After a last
  // message there are only more of it.
  virtual agent::Task<WatchMessage> next(Time deadline) = 0;
};

class View {
 public:
  virtual ~View() = default;
  // The state now if it is another than the last one that was given, which the first one is. Waits until it
  // is; nothing at `deadline`. States in between are left out. Throws as Watch::next(), and
  // Fault::unavailable once the store is closed.
  virtual agent::Task<std::optional<Snapshot>> next(Time deadline) = 0;
};

}  // namespace server::store
