// StoreRig: a store under test, whatever its engine, and short ways to ask it from a test's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.hpp"
#include "tests/support/on_loop.hpp"

namespace test {

using namespace std::chrono_literals;

class StoreRig {
 public:
  virtual ~StoreRig() = default;
  virtual server::store::Store& store() = 0;
  // The time of leases goes on, and those that are due have expired.
  virtual void pass(std::chrono::seconds time) = 0;
  // What happened until now is no history any more.
  virtual void compact() = 0;
  // Bytes of each key that are the engine's own, and count in its limits.
  virtual std::size_t key_overhead() const { return 0; }
};

// Changes that are history, so that a test can fill it; no engine has fewer.
inline constexpr std::size_t kShortHistory = 200;

struct StoreFactory {
  std::string name;
  std::function<std::unique_ptr<StoreRig>(std::size_t history)> build;
  std::size_t model_operations = 30'000;  // what takes seconds

  std::unique_ptr<StoreRig> make(std::size_t history = kShortHistory) const { return build(history); }
};

// Every engine there is.
const std::vector<StoreFactory>& store_factories();

// ---- asking from a test's thread: each on a loop of its own

namespace detail {

using Steps = std::function<agent::Task<>(agent::net::Loop&)>;
void on_loop_of_its_own(const Steps& steps);

template <class T>
agent::Task<> keep(agent::Task<T> task, std::optional<T>* out) {
  *out = co_await std::move(task);
}

}  // namespace detail

// Returns, or throws, what the task does.
template <class T>
T run(agent::Task<T> task) {
  std::optional<T> out;
  detail::on_loop_of_its_own([&](agent::net::Loop&) { return detail::keep(std::move(task), &out); });
  return std::move(*out);
}

// When what must come has failed to.
server::store::Time soon();
// At once: a deadline that has passed.
server::store::Time now();

server::store::Revision put(server::store::Store& store, std::string_view key, std::string_view value,
                            server::store::LeaseId lease = 0);
server::store::Revision erase(server::store::Store& store, server::store::KeyRange range);
server::store::Snapshot get(server::store::Store& store, server::store::KeyRange range,
                            std::size_t limit = 0);
server::store::TxnAnswer txn(server::store::Store& store, server::store::Txn txn);
// The value, nothing when the key is not there.
std::optional<std::string> value(server::store::Store& store, std::string_view key);
// "a=1 b=2"
std::string text(const std::vector<server::store::Item>& items);
// The next message, which must come.
server::store::WatchMessage next(server::store::Watch& watch);
// Whether there is nothing: a message of progress at once.
bool is_quiet(server::store::Watch& watch);
// The fault that `work` throws; nothing when it does not.
std::optional<server::store::Fault> fault_of(const std::function<void()>& work);

}  // namespace test
