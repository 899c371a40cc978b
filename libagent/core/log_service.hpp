// LogService: lists and sends the agent's own log files, message types 10000 to 10004 (wire protocol,
// sections 6.12 and 7.4). Loop thread; the files are read on others.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "agent/wire/logs.hpp"
#include "net/offload.hpp"

namespace agent::core {

// Raw bytes of a block, as originals send them.
inline constexpr std::size_t kLogBlock = 32000;

class LogService {
 public:
  // `files`: the full paths that may be served (log::files).
  LogService(net::Offload& offload, std::function<std::vector<std::string>()> files)
      : offload_(offload), files_(std::move(files)) {}

  wire::LogList list() const;

  // Sends the files as one zip archive: type 10003, then 10004 as often as needed.
  Task<> send(wire::LogDownloadRequest request, Call call);

 private:
  net::Offload& offload_;
  std::function<std::vector<std::string>()> files_;
};

}  // namespace agent::core
