// WatchSlots: who watches which keys, found by a key that changed. One slot per watch or view, of a bounded
// size whatever happens. Not thread-safe: WatchHub's lock guards it with all its slots.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/event.hpp"
#include "store/key_value.hpp"

namespace server::store {

struct WatchSlot {
  KeyRange range;
  std::unique_ptr<const std::string> client;  // null: the server's own
  Revision next = 0;                          // earlier changes are not wanted
  Revision hit = 0;                           // the first change that was not given yet; 0: there is none
  std::shared_ptr<const std::string> ended;   // of a watch: why it is over
  bool is_view = false;
  bool is_too_old = false;  // the history did not go back so far when the watch began
  // Somebody waits, on the loop of `home`, for `changed`, which belongs to that loop and not to the lock.
  bool is_waiting = false;
  asio::any_io_executor home;
  agent::Event changed;
};

class WatchSlots {
 public:
  using Slot = std::shared_ptr<WatchSlot>;

  void add(const Slot& slot);
  void remove(const Slot& slot);
  std::size_t size() const { return size_; }
  // Watches of one client, "" apart.
  std::size_t size_of(const std::string& client) const;

  // Calls `use` for each slot whose range has the key.
  void visit(std::string_view key, const std::function<void(const Slot&)>& use) const;
  void visit_all(const std::function<void(const Slot&)>& use) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  // A key in such a range begins with the range's begin.
  static bool is_by_begin(const KeyRange& range);

  std::unordered_map<std::string, std::vector<Slot>, Hash, std::equal_to<>> by_begin_;
  std::map<std::size_t, std::size_t> lengths_;  // of the begins there are
  std::vector<Slot> others_;
  std::unordered_map<std::string, std::size_t> clients_;
  std::size_t size_ = 0;
};

}  // namespace server::store
