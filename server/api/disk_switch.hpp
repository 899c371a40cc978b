// DiskSwitch: whether the file system of a directory is fuller than a threshold.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/task.hpp"
#include "net/loop.hpp"
#include "net/offload.hpp"
#include "net/ticker.hpp"

namespace server {

class DiskSwitch {
 public:
  // As the original: once per second.
  static constexpr std::chrono::seconds kInterval{1};

  DiskSwitch(std::string directory, unsigned threshold_percent);

  // Any thread.
  bool is_full() const { return state_->full.load(std::memory_order_relaxed); }

  // Looks now and once per interval from then on, until it ends. A look at a disk that does not answer is
  // waited for before the next one.
  void start(agent::net::Loop& loop, agent::net::Offload& pool);

 private:
  struct State {
    std::string directory;
    unsigned threshold;
    std::atomic<bool> full{false};
    bool looking = false;  // the loop's
    bool look() const;
  };
  static void begin_look(std::shared_ptr<State> state, agent::net::Loop& loop, agent::net::Offload& pool);
  static agent::Task<> look_once(std::shared_ptr<State> state, agent::net::Offload* pool);

  std::shared_ptr<State> state_;
  std::optional<agent::net::Ticker> ticker_;
};

// Used blocks in percent of those that a program without privileges can use, as df counts.
double used_percent(std::uint64_t blocks, std::uint64_t free, std::uint64_t available);

}  // namespace server
