// Contents of any size on their way: where they come from (ByteSource), where they go (ByteSink), and the one
// loop between the two.
//
//   std::shared_ptr<agent::ByteSource> file = std::make_shared<MyFile>(path);
//   std::shared_ptr<agent::ByteSink> stream = std::make_shared<agent::OutgoingStream>(call, number);
//   const std::uint64_t size = co_await agent::pump(file, stream);
//
// Nothing runs ahead: the source is read when the sink has taken what came before, so that a content costs
// the memory of one batch, and a slow receiver holds back its sender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "agent/task.hpp"

namespace agent {

// ByteSource: a content that is read piece by piece. Belongs to the loop of those who read it.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next piece, "" at the end. Nobody reads behind the end or a failure. One caller at a time. Throws
  // what keeps the rest from coming.
  virtual Task<std::string> read() = 0;
};

// ByteSink: takes a content piece by piece. Belongs to the loop of those who write to it.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes a piece, which is never "", and returns once there is room for the next one. One caller at a time.
  // Throws why it takes no more. What tells it that the content is complete is its own affair.
  virtual Task<> write(std::string bytes) = 0;
};

inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// Copies what `from` has to `to`, up to its end, and returns how many bytes that were.
// More than `most` bytes throw Errc::too_large ("more than 9 bytes"), and the piece that exceeds them is not
// written. Small pieces are gathered until there are `batch` bytes, never 0.
// Throws what read() and write() throw, also when the coroutine is cancelled.
Task<std::uint64_t> pump(std::shared_ptr<ByteSource> from, std::shared_ptr<ByteSink> to,
                         std::uint64_t most = kNoLimit, std::size_t batch = 1);

// Reads until there are `least` bytes, never 0; fewer only at the end. At most one piece more than that. To
// bound a content of N bytes, gather N + 1 and look at the size. Throws what read() throws.
Task<std::string> gather(std::shared_ptr<ByteSource> from, std::size_t least);

}  // namespace agent
