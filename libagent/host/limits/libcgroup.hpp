// libcgroup, which makes the group of an agent's bound on cgroup v1, with its values: one call for all
// controllers whose group has the same name, at the start of an agent with limit.*
// (docs/decisions/limits.md).
//
// Its functions are a table, so that what is asked of it can be seen. Loop thread; blocks for some ms.
#pragma once

#include <string>
#include <vector>

#include "host/limits/cgroup_places.hpp"
#include "host/limits/cgroup_values.hpp"

struct cgroup;
struct cgroup_controller;

namespace agent::host {

// The functions that are used (libcgroup.h). Those that return an int return 0 when they succeed.
struct LibcgroupCalls {
  int (*init)() = nullptr;
  ::cgroup* (*new_cgroup)(const char* name) = nullptr;
  ::cgroup_controller* (*add_controller)(::cgroup* group, const char* name) = nullptr;
  int (*add_value_string)(::cgroup_controller* controller, const char* file, const char* text) = nullptr;
  int (*create_cgroup)(::cgroup* group, int ignore_ownership) = nullptr;
  void (*free)(::cgroup** group) = nullptr;
};

// The library itself, loaded at the first call and kept. nullptr where it is not installed.
const LibcgroupCalls* libcgroup();

// A value of the group, in the order in which they are to be written.
struct GroupValue {
  Controller controller = Controller::cpu;
  CgroupWrite write;
};

// Makes the v1 directories of `group`, with those values that belong to v1. False where one cannot be made or
// takes a value not: whoever asked makes what is missing, writes what is missing, and tells why that fails.
bool make_with(const LibcgroupCalls& library, const CgroupPlaces& group,
               const std::vector<GroupValue>& values);

}  // namespace agent::host
