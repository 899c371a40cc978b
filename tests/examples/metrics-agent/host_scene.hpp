// HostScene: the readers of a captured system, its file systems and sensors played by the test.
#pragma once

#include <agent/wire/host.hpp>
#include <agent/wire/metrics.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "examples/metrics-agent/host/facts_reader.hpp"
#include "examples/metrics-agent/host/usage_reader.hpp"
#include "tests/examples/metrics-agent/captured_tree.hpp"

namespace metrics_test {

class HostScene {
 public:
  explicit HostScene(const std::string& name) : tree(name) {
    options.root = tree.root();
    options.measure = [answers = answers_](const std::string&, const host::FileSystem& system) {
      const auto found = answers->find(system.places.front().point);
      return found == answers->end() ? half_full() : found->second;
    };
  }

  // 1000 of 2000 bytes, 100 of them kept for root; 10 of 100 inodes.
  static host::Measured half_full() {
    host::Measured answer;
    answer.kind = host::Measured::Kind::space;
    answer.space = {2000, 1000, 900, 100, 90};
    return answer;
  }

  // Before the first sample.
  void answer(const std::string& point, const host::Measured& measured) { (*answers_)[point] = measured; }

  // Time as the consumer sees it.
  agent::wire::HostUsage sample_after(std::chrono::nanoseconds passed) {
    if (!usage) usage = std::make_unique<host::UsageReader>(options, warnings);
    now += passed;
    return usage->sample(now);
  }
  agent::wire::StaticReply facts() { return host::FactsReader(options, warnings).read(); }

  CapturedTree tree;
  HostOptions options;
  std::atomic<std::uint64_t> warnings{0};
  std::unique_ptr<host::UsageReader> usage;
  agent::Clock::time_point now{std::chrono::hours(1)};

 private:
  std::shared_ptr<std::map<std::string, host::Measured>> answers_ =
      std::make_shared<std::map<std::string, host::Measured>>();
};

// The one in the list with that name; fails the test when there is none.
template <class T>
T by_name(const std::vector<T>& list, const std::string& name) {
  for (const T& one : list)
    if (one.name == name) return one;
  FAIL("nothing is called " << name);
  return {};
}

}  // namespace metrics_test
