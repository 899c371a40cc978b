#include "api/disk_switch.hpp"

#include <sys/statvfs.h>

#include <asio/use_awaitable.hpp>
#include <utility>

#include "agent/log.hpp"
#include "net/spawn.hpp"

namespace server {

double used_percent(std::uint64_t blocks, std::uint64_t free, std::uint64_t available) {
  std::uint64_t used = blocks - free;
  std::uint64_t usable = used + available;
  return usable == 0 ? 0 : 100.0 * static_cast<double>(used) / static_cast<double>(usable);
}

DiskSwitch::DiskSwitch(std::string directory, unsigned threshold_percent)
    : state_(std::make_shared<State>()) {
  state_->directory = std::move(directory);
  state_->threshold = threshold_percent;
}

bool DiskSwitch::State::look() const {
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0) return false;  // a missing directory is not a full one
  return used_percent(disk.f_blocks, disk.f_bfree, disk.f_bavail) > threshold;
}

void DiskSwitch::start(agent::net::Loop& loop, agent::net::Offload& pool) {
  agent::net::spawn(loop, watch(state_, &loop, &pool), "disk of " + state_->directory);
}

agent::Task<> DiskSwitch::watch(std::shared_ptr<State> state, agent::net::Loop* loop, agent::net::Offload* pool) {
  asio::steady_timer timer(loop->io());
  auto token = asio::use_awaitable;
  for (;;) {
    auto look = [state] { return state->look(); };
    bool full = co_await pool->run(look);
    if (state->full.exchange(full) != full) {
      agent::log::warn("the disk of {} is {}", state->directory,
                       full ? "too full: /api answers 503" : "no longer too full");
    }
    timer.expires_after(kInterval);
    co_await timer.async_wait(token);
  }
}

}  // namespace server
