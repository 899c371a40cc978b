// StreamFront: reads a stream that cannot be read again, and puts its lines into a LineSpool.
//
// It has a thread of its own, on which run() is called once. While the spool has no room nothing is read:
// whoever sends over a connection or a pipe waits then. What cannot wait is counted as lost.
#pragma once

#include <cstdint>
#include <string>

namespace logkit {

struct FrontStatus {
  std::string name;     // of what is read, such as the address with the port that it has
  std::string problem;  // "" when all is well
  std::uint64_t connections = 0;
  // A script has these: runs that have ended, those of them that failed, and the last one's exit code, which
  // is -1 when it has none.
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  int exit_code = 0;
};

class StreamFront {
 public:
  virtual ~StreamFront() = default;
  // Returns at the end of the stream, or soon after stop(): what has been received by then is put into the
  // spool first, for a second at most.
  virtual void run() = 0;
  virtual void stop() = 0;  // any thread
  // Goes on after a wait for room. Any thread.
  virtual void wake() = 0;
  virtual FrontStatus status() const = 0;  // any thread
};

}  // namespace logkit
