// What the tests of commands in groups of their own share: the groups of an agent, and commands in them.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/limits/agent_groups.hpp"
#include "tests/host/limits/group_test.hpp"
#include "tests/host/process_test.hpp"
#include "tests/support/patience.hpp"

namespace test {

inline constexpr std::uint64_t kMega = 1024 * 1024;

// The groups of an agent of this test. Nothing is left of them.
struct Scene {
  std::shared_ptr<agent::Limits> limits =
      std::make_shared<agent::Limits>(fmt::format("libagent-test-{}", ::getpid()));
  agent::host::CommandPlaces places = limits->places();

  Scene() = default;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene() {
    try {
      wait_until("nothing is left", [this] {
        places.left.kill();
        return places.left.is_empty();
      });
      CHECK(groups().empty());
    } catch (const std::exception& error) {
      WARN(error.what());
    }
    limits->release();
  }

  // The groups of commands, in any hierarchy.
  std::vector<std::string> groups() const {
    std::vector<std::string> names;
    for (const std::string& directory : places.tasks.directories())
      for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.is_directory()) names.push_back(entry.path().string());
    return names;
  }

  Outcome run(agent::ProcessOptions options) const {
    Outcome outcome;
    with_reaper([&](agent::ChildReaper* reaper) { return run_to_end(reaper, std::move(options), &outcome); },
                limits);
    return outcome;
  }
};

inline bool has_groups() {
  const agent::host::CgroupPlaces own = agent::host::own_places();
  return ::geteuid() == 0 && own.memory.usable() && own.pids.usable() && own.cpu.usable();
}

inline agent::ProcessOptions limited(std::string line, agent::CommandLimits limits) {
  agent::ProcessOptions options = shell(std::move(line));
  options.limits = limits;
  return options;
}

inline agent::CommandLimits memory(std::uint64_t megabytes) {
  return {.memory = agent::Bytes{megabytes * kMega}};
}

}  // namespace test

// For an agent of the test's own.
#define NEEDS_AGENT()                                      \
  if (!has_groups()) {                                     \
    if (!guest().empty()) FAIL("no group can be made");    \
    WARN("no group can be made here: nothing was tested"); \
    return;                                                \
  }

#undef NEEDS_GROUPS
#define NEEDS_GROUPS() \
  NEEDS_AGENT()        \
  Scene scene
