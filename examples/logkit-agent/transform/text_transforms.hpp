// Transforms of texts: replace, trim, case, substring, split, mapreplace. Their options: docs/logs.md.
#pragma once

#include "transform.hpp"

namespace logkit {

std::unique_ptr<Transform> make_replace(const PartOptions& options);
std::unique_ptr<Transform> make_trim(const PartOptions& options);
std::unique_ptr<Transform> make_case(const PartOptions& options);
std::unique_ptr<Transform> make_substring(const PartOptions& options);
std::unique_ptr<Transform> make_split(const PartOptions& options);
std::unique_ptr<Transform> make_mapreplace(const PartOptions& options);

}  // namespace logkit
