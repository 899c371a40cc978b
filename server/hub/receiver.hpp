// Receiver: who takes the messages of one tid from a session: a call, or a command that outlives sessions.
//
// Known to a session from Session::open or join until leave, or until the session ends it. The session
// calls it on its own loop; what runs elsewhere is posted by the receiver.
#pragma once

#include <cstddef>
#include <string>

#include "agent/error.hpp"
#include "agent/message.hpp"
#include "hub/shard.hpp"

namespace server {

// Why no further message comes.
struct CallEnd {
  CallResult result;
  agent::Error reason;
};

class Receiver {
 public:
  virtual ~Receiver() = default;

  // The same object for life: the session's table refers to it.
  virtual const std::string& tid() const = 0;

  // A message of `bytes` may be put. One that has nothing waiting must have room, whatever the size.
  virtual bool has_room(std::size_t bytes) const = 0;
  // Without room: false ends the receiver with overflow. True makes the session stop reading, with every
  // call of that agent, until Session::resume; with overflow, too, after KeepAliveTimes::pause.
  virtual bool pauses() const { return false; }

  // Must not block, and must not throw.
  virtual void put(agent::Envelope envelope, std::size_t bytes) = 0;
  // No further message comes from this session. What was put stays.
  virtual void end(CallEnd end) = 0;
};

}  // namespace server
