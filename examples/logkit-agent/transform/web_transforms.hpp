// Transforms of what the web and containers leave in logs: urlparam, urlconvert, arrayexpand, number2ip,
// k8stag. Their options: docs/logs.md.
#pragma once

#include "transform.hpp"

namespace logkit {

std::unique_ptr<Transform> make_urlparam(const PartOptions& options);
std::unique_ptr<Transform> make_urlconvert(const PartOptions& options);
std::unique_ptr<Transform> make_arrayexpand(const PartOptions& options);
std::unique_ptr<Transform> make_number2ip(const PartOptions& options);
std::unique_ptr<Transform> make_k8stag(const PartOptions& options);

}  // namespace logkit
