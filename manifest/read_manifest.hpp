// read_manifest: the text of a manifest.yaml as values with lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "finding.hpp"
#include "manifest_value.hpp"

namespace manifest {

// Bounds for aliases that multiply or go round in a circle: a manifest of 10,000 settings is within them.
inline constexpr std::size_t kMostValues = 500'000;
inline constexpr int kMostDepth = 8;
inline constexpr std::size_t kMostBytes = std::size_t{16} << 20;

// nullopt, and the reason in `findings`, for what is no YAML or beyond the bounds. A byte order mark and CRLF
// are taken as they are meant.
std::optional<ManifestValue> read_manifest(std::string_view text, std::vector<Finding>& findings);

}  // namespace manifest
