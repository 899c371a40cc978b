// check_conf: a configuration file against a manifest, without the program that it is for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "finding.hpp"
#include "setting.hpp"

namespace manifest {

// What `text`, a file called `name` (its ending says whether it is YAML), has wrong by these settings. Keys
// behind "basic." may stand without it, or behind "base.", as programs read them. A setting without effect is
// a note, an unknown key a warning, as `<program> validate` has it; what needs more than the manifest, such
// as a file that must exist, only the program can say.
std::vector<Finding> check_conf(std::string_view text, const std::string& name,
                                const std::vector<Setting>& settings);

}  // namespace manifest
