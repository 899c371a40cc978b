// etcd_writes: writes to an etcd that fails meanwhile, each done once, and what a watch shows of them.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "tests/server/store/etcd_rig.hpp"
#include "tests/support/patience.hpp"

namespace test {

// The store begins with the first member.
inline server::store::EtcdOptions options_for(const EtcdCluster& cluster) {
  server::store::EtcdOptions options = etcd_options(cluster);
  options.random = [] { return 0.0; };
  options.timing.progress = 300ms;
  options.timing.silence = 1s;
  return options;
}

// However often it takes: by a condition, so that what an attempt did without an answer is not done twice.
inline void put_once(server::store::EtcdStore& store, const std::string& key) {
  server::store::Txn txn = server::store::Txn::put(key, "x");
  txn.compares.push_back(server::store::Compare::absent(key));
  const Deadline limit(kPatience);
  while (!limit.has_passed()) {
    const auto fault =
        fault_of([&] { run(commit(store, txn, agent::Clock::now() + server::store::kPatience)); });
    if (!fault || fault == server::store::Fault::compare_failed) return;
    REQUIRE(fault == server::store::Fault::unavailable);
  }
  throw TimedOut("a put of " + key);
}

inline std::string key_of(int i) { return "k" + std::to_string(1000 + i); }

// The keys that a watch gives, in order, until the last one comes.
inline std::vector<std::string> keys_until(server::store::Watch& watch, const std::string& last) {
  std::vector<std::string> out;
  while (out.empty() || out.back() != last) {
    const server::store::WatchMessage message = next(watch);
    REQUIRE(message.kind == server::store::WatchMessage::Kind::events);
    for (const server::store::Item& item : message.events) out.push_back(item->key);
  }
  return out;
}

}  // namespace test
