// store-victim FILE: writes into a store, from several coroutines at once, and says what was acknowledged,
// until it is killed.
//
// Writer N puts the same number as "N/a" and "N/b", one more each time, deletes "N/odd" at even numbers, and
// prints "N number".
#include <cstdio>
#include <exception>
#include <string>

#include "net/loop.hpp"
#include "net/spawn.hpp"
#include "store/sqlite_store.hpp"

namespace {

using namespace server::store;

constexpr int kWriters = 4;

Time soon() { return agent::Clock::now() + std::chrono::seconds(60); }

Txn step(const std::string& name, std::int64_t number) {
  const std::string text = std::to_string(number);
  Txn txn;
  txn.then.emplace_back(PutOp{name + "/a", text, 0});
  txn.then.emplace_back(PutOp{name + "/filler", std::string(static_cast<std::size_t>(number % 997), 'x'), 0});
  if (number % 2 == 1) txn.then.emplace_back(PutOp{name + "/odd", text, 0});
  if (number % 2 == 0) txn.then.emplace_back(DeleteOp{KeyRange::key(name + "/odd")});
  txn.then.emplace_back(PutOp{name + "/b", text, 0});
  return txn;
}

agent::Task<> write(Store* store, std::string name) {
  KeyRange range = KeyRange::key(name + "/a");
  auto reading = store->get(std::move(range), 0, soon());
  const Snapshot found = co_await std::move(reading);
  std::int64_t number = found.items.empty() ? 0 : std::stoll(found.items[0]->value);
  for (;;) {
    ++number;
    auto writing = store->txn(step(name, number), soon());
    co_await std::move(writing);
    std::printf("%s %lld\n", name.c_str(), static_cast<long long>(number));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  SqliteStoreOptions options;
  options.path = argv[1];
  options.history.events = 100;
  SqliteStore store(options);
  agent::net::Loop loop;
  for (int i = 0; i < kWriters; ++i) {
    agent::net::spawn(loop, write(&store, std::to_string(i)), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  loop.run();
  return 1;
}
