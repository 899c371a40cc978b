// The sender discard: takes everything and keeps nothing. For measuring, and for trying a runner.
#pragma once

#include "record_sender.hpp"

namespace logkit {

std::unique_ptr<RecordSender> make_discard_sender(const PartOptions& options, const WriteRights& rights);

}  // namespace logkit
