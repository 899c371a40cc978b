// BodyWriter: the body of a reply, piece by piece, no faster than the client takes it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "agent/pump.hpp"
#include "agent/task.hpp"

namespace server {

// Bytes that may wait to be sent before a writer is held back.
inline constexpr std::size_t kBodyQueue = 256 * 1024;

// Belongs to its connection's loop. The connection is one, tests have their own.
class BodyWriter {
 public:
  // Queues one piece.
  virtual void write(std::string_view piece) = 0;
  // Waits until the client has taken enough for more. Throws disconnected or timeout.
  virtual agent::Task<> room() = 0;
  // The client is gone; for writers that wait for something else than the client.
  virtual bool client_gone() const = 0;

 protected:
  ~BodyWriter() = default;
};

// The `stream` of a reply whose body is all of `content`. Once.
std::function<agent::Task<>(BodyWriter*)> stream_of(std::shared_ptr<agent::ByteSource> content);

// One event of a text/event-stream: "id", "event" and one "data" line per line of `data`.
// `id` and `event` may be empty and must not contain line ends.
void write_event(BodyWriter& writer, std::string_view event, std::string_view data, std::string_view id = {});
// A comment, which keeps the connection alive.
void write_event_comment(BodyWriter& writer);

}  // namespace server
