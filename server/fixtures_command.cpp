#include "fixtures_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "base/read_file.hpp"
#include "data_dir.hpp"
#include "net/loop.hpp"
#include "net/spawn.hpp"
#include "open_store.hpp"
#include "store/described_keys.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;

// As large as four of the largest embedded stores.
constexpr std::size_t kMostText = 1024ULL * 1024 * 1024;

agent::Task<> write_all(store::Store* store, std::vector<store::Txn> transactions) {
  for (store::Txn& txn : transactions) {
    const store::Time deadline = agent::Clock::now() + store::kPatience;
    co_await store->txn(std::move(txn), deadline);
  }
}

void run(store::Store& store, std::vector<store::Txn> transactions) {
  agent::net::Loop loop;
  std::exception_ptr failure;
  agent::net::spawn(loop, write_all(&store, std::move(transactions)), [&](const std::exception_ptr& thrown) {
    failure = thrown;
    loop.stop();
  });
  loop.run();
  store.close();
  if (failure) std::rethrow_exception(failure);
}

store::DescribedKeys read(const std::string& file) {
  try {
    return store::read_described_keys(agent::read_file(file, kMostText));
  } catch (const Error& error) {
    throw Error(error.code(), file + ": " + std::string(error.text()));
  }
}

// The embedded store belongs to one process at a time.
std::optional<DataDir> own(const ServerConfig& config) {
  if (is_store_shared(config)) return std::nullopt;
  try {
    return std::make_optional<DataDir>(config.data_dir);
  } catch (const Error& error) {
    throw Error(error.code(),
                std::string(error.text()) + "; stop it, or write through its API (PUT /api/store/key)");
  }
}

}  // namespace

void write_fixtures(const ServerConfig& config, const std::string& file) {
  store::DescribedKeys keys = read(file);
  const std::size_t count = keys.puts.size();
  std::vector<store::Txn> transactions = store::transactions_of(std::move(keys.puts));
  const std::size_t steps = transactions.size();
  const auto owned = own(config);
  agent::metrics::Registry metrics;
  const OpenedStore opened = open_store(config, metrics);
  run(*opened.store, std::move(transactions));
  fmt::print("{}: {} keys written in {} transactions; the store is at revision {}\n", file, count, steps,
             opened.store->revision());
  for (const std::string& key : keys.left_out)
    fmt::print(stderr, "note: {} has a ttl and is left out: nobody would renew it\n", key);
}

}  // namespace server
