// StopSignal: SIGTERM and SIGINT as something that can be waited for. To be made before there are threads.
#pragma once

#include <chrono>

namespace logkit {

class StopSignal {
 public:
  // From here on the signals do not end the process by themselves.
  StopSignal();
  // Waits for one of them. False: none came in time.
  bool wait(std::chrono::milliseconds limit);
};

}  // namespace logkit
