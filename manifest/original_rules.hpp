// original_rules: what the original linter says of a manifest: its rules in its order, its strictness, and
// only the first that is broken (reference agent behaviour, section 20).
#pragma once

#include <optional>

#include "finding.hpp"
#include "manifest_value.hpp"

namespace manifest {

// nullopt: the original would pass the file.
std::optional<Finding> check_as_original(const ManifestValue& manifest);

}  // namespace manifest
