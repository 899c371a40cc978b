#include "tests/server/store/store_rig.hpp"

#include <exception>

#include "net/spawn.hpp"
#include "tests/support/patience.hpp"

namespace test {

using server::store::Fault;
using server::store::Item;
using server::store::KeyRange;
using server::store::LeaseId;
using server::store::Revision;
using server::store::Snapshot;
using server::store::Store;
using server::store::StoreError;
using server::store::Time;
using server::store::Txn;
using server::store::TxnAnswer;
using server::store::Watch;
using server::store::WatchMessage;

// Not on_loop(): its checks are for the test's own thread only.
void detail::on_loop_of_its_own(const Steps& steps) {
  agent::net::Loop loop;
  bool done = false;
  std::exception_ptr failure;
  agent::net::spawn(loop, steps(loop), [&](std::exception_ptr thrown) {
    failure = std::move(thrown);
    done = true;
    loop.stop();
  });
  loop.io().run_for(kLimit);
  if (failure) std::rethrow_exception(failure);
  if (!done) throw TimedOut("a store's answer");
}

Time soon() { return agent::Clock::now() + kLimit / 2; }
Time now() { return agent::Clock::now(); }

Revision put(Store& store, std::string_view key, std::string_view value, LeaseId lease) {
  return run(store.txn(Txn::put(key, value, lease), soon())).revision;
}

Revision erase(Store& store, KeyRange range) {
  return run(store.txn(Txn::erase(std::move(range)), soon())).revision;
}

Snapshot get(Store& store, KeyRange range, std::size_t limit) {
  return run(store.get(std::move(range), limit, soon()));
}

TxnAnswer txn(Store& store, Txn txn) { return run(store.txn(std::move(txn), soon())); }

std::optional<std::string> value(Store& store, std::string_view key) {
  const Snapshot found = get(store, KeyRange::key(key));
  if (found.items.empty()) return std::nullopt;
  return found.items[0]->value;
}

std::string text(const std::vector<Item>& items) {
  std::string out;
  for (const Item& item : items) {
    if (!out.empty()) out += ' ';
    out += item->is_deleted() ? "-" + item->key : item->key + "=" + item->value;
  }
  return out;
}

WatchMessage next(Watch& watch) {
  WatchMessage message = run(watch.next(soon()));
  REQUIRE(message.kind != WatchMessage::Kind::progress);
  return message;
}

bool is_quiet(Watch& watch) { return run(watch.next(now())).kind == WatchMessage::Kind::progress; }

std::optional<Fault> fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const StoreError& error) {
    return error.fault();
  }
  return std::nullopt;
}

}  // namespace test
