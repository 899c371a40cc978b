// Transforms of values: convert, date, timestamp, json, keyvalue. Their options: docs/logs.md.
#pragma once

#include "transform.hpp"

namespace logkit {

std::unique_ptr<Transform> make_convert(const PartOptions& options);
std::unique_ptr<Transform> make_date(const PartOptions& options);
std::unique_ptr<Transform> make_timestamp(const PartOptions& options);
std::unique_ptr<Transform> make_json(const PartOptions& options);
std::unique_ptr<Transform> make_keyvalue(const PartOptions& options);

}  // namespace logkit
