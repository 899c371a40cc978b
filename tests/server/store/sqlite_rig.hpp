// SqliteRig: an embedded store in a directory of its own, with a clock that the test moves.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite_store.hpp"
#include "tests/server/store/store_rig.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class SqliteRig : public StoreRig {
 public:
  explicit SqliteRig(std::size_t history = kShortHistory, server::store::SqliteStoreOptions options = {})
      : options_(std::move(options)) {
    if (options_.path.empty()) options_.path = directory_.file("store.db");
    options_.history.events = history;
    options_.now = [this] { return server::store::Time(std::chrono::nanoseconds(now_.load())); };
    if (options_.boot == 0) options_.boot = 1;
    open();
  }

  server::store::Store& store() override { return *store_; }
  server::store::SqliteStore& sqlite() { return *store_; }
  const server::store::SqliteStoreOptions& options() const { return options_; }
  const std::string& path() const { return options_.path; }

  // In steps that are no stall of the store's (kStall).
  void pass(std::chrono::seconds time) override {
    for (std::chrono::milliseconds passed{0}; passed < time; passed += std::chrono::milliseconds(500)) {
      move(std::chrono::milliseconds(500));
      store_->settle();
    }
  }
  void move(std::chrono::milliseconds time) { now_ += std::chrono::nanoseconds(time).count(); }

  void compact() override {
    for (std::size_t i = 0; i < options_.history.events * 5 / 4; ++i) {
      server::store::Txn filler;
      filler.then.emplace_back(server::store::PutOp{"~filler", std::to_string(i), 0});
      run(store_->txn(std::move(filler), soon()));
    }
  }

  void open() { store_ = std::make_unique<server::store::SqliteStore>(options_); }
  void close() { store_.reset(); }
  void restart() {
    close();
    open();
  }
  // As after the machine's next start.
  void next_boot() { ++options_.boot; }

 private:
  TempDir directory_;
  std::atomic<std::int64_t> now_{std::chrono::nanoseconds(std::chrono::hours(1)).count()};
  server::store::SqliteStoreOptions options_;
  std::unique_ptr<server::store::SqliteStore> store_;
};

}  // namespace test
