// Where an agent may make its groups: the places of cgroup_places.hpp, tried on this machine.
#pragma once

#include <string>

#include "host/limits/cgroup_places.hpp"

namespace agent::host {

// The directories below which groups can be made; what cannot be used has its problem. On v1 they are this
// process's own groups. On v2 it is the own group if nobody else is in there but what commands of an agent
// before have left, or the topmost one, which may have processes, also for somebody who is logged in
// (session-*.scope).
//
// Throws Errc::refused naming the processes, where others are in the own v2 group: such a group cannot pass
// controllers on, and they are not ours to move (a container's entry point, its tini, an sshd).
CgroupPlaces starting_places();

// The same for other texts of own_places(), with what is found in the directories that they name.
CgroupPlaces starting_places(CgroupPlaces own);

// "1, 17 and 3 more" of the processes in a list.
std::string list_pids(const std::vector<int>& pids);

}  // namespace agent::host
