// ConnectionPass: the connections of the machine and who holds them, in slices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <agent/processes.hpp>
#include <agent/wire/metrics.hpp>
#include "process_options.hpp"
#include "process_pass.hpp"
#include "socket_list.hpp"
#include "socket_source.hpp"

// ConnectionPass: asks once for each wanted kind, then reads the links of all processes' descriptors once.
// Blocks; one thread at a time.
class ConnectionPass {
 public:
  ConnectionPass(const ProcessOptions& options, SocketSource& source, SocketKinds kinds);

  // Looks at processes until so many sockets were found, or as many processes.
  SampleStep step(std::size_t count);

  // After the last step: the part of the reply that has connections, what was cut off and the counts of all.
  agent::wire::DynamicReply take() { return std::move(sample_); }
  // Parts that could not be read.
  std::uint64_t warnings() const { return warnings_; }

 private:
  void begin();
  void finish();

  SocketSource& source_;
  SocketKinds kinds_;
  agent::ProcessFiles files_;
  SocketList list_;
  std::vector<int> ids_;
  std::size_t looked_at_ = 0;
  bool begun_ = false;
  std::uint64_t warnings_ = 0;
  agent::wire::DynamicReply sample_;
};
