// gather: one piece of work on every shard at the same time, and its results joined.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/task.hpp"
#include "base/event.hpp"
#include "hub/hub.hpp"
#include "net/loop.hpp"
#include "net/spawn.hpp"

namespace server {

namespace detail {

template <class T>
struct Gathered {
  std::vector<std::optional<T>> results;
  std::size_t missing = 0;
  std::exception_ptr failure;
  agent::Event changed;
};

template <class T>
agent::Task<> gather_one(agent::net::Loop* there, agent::Task<T> task, std::shared_ptr<Gathered<T>> all,
                         std::size_t position) {
  try {
    auto step = agent::net::on(*there, std::move(task));
    T result = co_await std::move(step);
    all->results[position].emplace(std::move(result));
  } catch (...) {
    all->failure = std::current_exception();
  }
  --all->missing;
  all->changed.wake();
}

}  // namespace detail

// Calls `work` for each shard at once, on the loop `here`, whose coroutine calls; the tasks that it returns
// run on the shards. Returns the results in the order of the shards. Throws what one of the tasks throws,
// once all have ended.
template <class T>
agent::Task<std::vector<T>> gather(Hub& hub, agent::net::Loop& here,
                                   std::function<agent::Task<T>(Shard& shard)> work) {
  auto all = std::make_shared<detail::Gathered<T>>();
  all->missing = hub.shards().size();
  all->results.resize(all->missing);
  for (std::size_t i = 0; i < all->results.size(); ++i) {
    Shard& shard = *hub.shards()[i];
    agent::net::spawn(here, detail::gather_one<T>(&shard.loop(), work(shard), all, i), "gather");
  }
  while (all->missing > 0) co_await all->changed.wait();
  if (all->failure) std::rethrow_exception(all->failure);
  std::vector<T> results;
  for (std::optional<T>& result : all->results) results.push_back(std::move(*result));
  co_return results;
}

}  // namespace server
