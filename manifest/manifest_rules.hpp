// manifest_rules: everything that is wrong with a manifest (docs/manifest.md), with line and remedy.
#pragma once

#include <vector>

#include "finding.hpp"
#include "manifest_value.hpp"

namespace manifest {

// All findings in the order of the lines.
std::vector<Finding> check_manifest(const ManifestValue& manifest);

}  // namespace manifest
