// QueueOptions: the queue on disk that a sender may have.
//
//   ft_strategy          backup_only: none, reading waits for the receiver; always_save: a queue
//   max_disk_used_bytes  524288000
//   queue_policy         what is done when it is full: block (reading waits), drop_newest, drop_oldest
#pragma once

#include <agent/units.hpp>
#include <optional>
#include <string>

#include "examples/logkit-agent/run/part_options.hpp"

namespace logkit {

enum class QueuePolicy { block, drop_newest, drop_oldest };

struct QueueOptions {
  std::string directory;
  agent::Bytes size{524'288'000};
  QueuePolicy policy = QueuePolicy::block;
};

// Nothing: the sender has no queue. The directory is left open. Throws Errc::bad_config.
std::optional<QueueOptions> read_queue_options(const PartOptions& options);

}  // namespace logkit
