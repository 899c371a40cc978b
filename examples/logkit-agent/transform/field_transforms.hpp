// Transforms of whole fields: discard, pick, rename, copy, label, filter, concat. Their options:
// docs/logs.md.
#pragma once

#include "transform.hpp"

namespace logkit {

std::unique_ptr<Transform> make_discard(const PartOptions& options);
std::unique_ptr<Transform> make_pick(const PartOptions& options);
std::unique_ptr<Transform> make_rename(const PartOptions& options);
std::unique_ptr<Transform> make_copy(const PartOptions& options);
std::unique_ptr<Transform> make_label(const PartOptions& options);
std::unique_ptr<Transform> make_filter(const PartOptions& options);
std::unique_ptr<Transform> make_concat(const PartOptions& options);

}  // namespace logkit
