#include "api/disk_switch.hpp"

#include <sys/statvfs.h>

#include <exception>
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
  auto begin = [state = state_, &loop, &pool] { begin_look(state, loop, pool); };
  loop.post(begin);
  ticker_.emplace(loop, kInterval, begin);
  ticker_->start();
}

void DiskSwitch::begin_look(std::shared_ptr<State> state, agent::net::Loop& loop, agent::net::Offload& pool) {
  if (std::exchange(state->looking, true)) return;
  agent::net::spawn(loop, look_once(state, &pool), [state](const std::exception_ptr& thrown) {
    state->looking = false;
    agent::net::log_failure("disk of " + state->directory, thrown);
  });
}

agent::Task<> DiskSwitch::look_once(std::shared_ptr<State> state, agent::net::Offload* pool) {
  auto look = [state] { return state->look(); };
  const bool full = co_await pool->run(look);
  if (state->full.exchange(full) == full) co_return;
  agent::log::warn("the disk of {} is {}", state->directory,
                   full ? "too full: /api answers 503" : "no longer too full");
}

}  // namespace server
