// What tests of a guest ask of systemd and of its kernel.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "tests/host/group_scene.hpp"

namespace test {

inline void run(const std::string& line) {
  INFO(line);
  REQUIRE(std::system(line.c_str()) == 0);
}

// The group of the unit that this process was started in, in every hierarchy.
inline agent::host::ControlGroup unit_group() { return agent::host::ControlGroup(*group_home()); }

// "guest-test@1.service". Its own group on v1 and v2 ends in it.
inline std::string unit_name() {
  const std::string& directory = group_home()->pids.own;
  return directory.substr(directory.rfind('/') + 1);
}

// "254:0": the disk that carries the guest's files.
inline std::string disk() {
  return std::string(agent::host::first_line(agent::host::read_text("/sys/block/vda/dev")));
}

// systemd knows nothing of the controllers that a hybrid guest has on v2.
inline bool is_hybrid() { return guest() == "hybrid"; }

}  // namespace test

// These tests change the unit that they run in.
#define NEEDS_GUEST()                             \
  if (guest().empty()) {                          \
    WARN("this is no guest: nothing was tested"); \
    return;                                       \
  }                                               \
  NEEDS_TEST_GROUPS()
