// WriteRights: where senders may write, and who is told of it.
#pragma once

#include <agent/files.hpp>
#include <memory>

#include "examples/logkit-agent/read/own_files.hpp"

namespace logkit {

struct WriteRights {
  agent::AllowedDirectories roots;
  std::shared_ptr<OwnFiles> own;
};

}  // namespace logkit
