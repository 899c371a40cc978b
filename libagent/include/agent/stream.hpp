// Contents that travel beside the messages (capability `stream`, docs/wire.md): the server names a stream in
// its request, and the handler reads or writes it. Nobody is ahead of the other by more than a megabyte, and
// other messages never wait behind a content.
//
// For coroutines on the agent's loop. A stream ends with its session.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/call.hpp"
#include "agent/pump.hpp"
#include "agent/task.hpp"

namespace agent {

// IncomingStream: what the server sends. Destroying it before its end tells the server to stop.
class IncomingStream final : public ByteSource {
 public:
  // Throws Errc::disconnected when the call's session has ended, bad_message for a number that is taken.
  IncomingStream(const Call& call, std::uint32_t number);
  ~IncomingStream() override;
  IncomingStream(const IncomingStream&) = delete;
  IncomingStream& operator=(const IncomingStream&) = delete;

  // The next bytes, at most 256 KiB, "" at the end. Throws Errc::refused when the server breaks off (its
  // reason), disconnected.
  Task<std::string> read() override;
  // What came with the end, such as a digest.
  const std::string& note() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// OutgoingStream: what the server asked for. Destroying it before end() tells the server that there is no
// more.
class OutgoingStream final : public ByteSink {
 public:
  // To be made before the reply that tells the server of it. Throws Errc::disconnected when the call's
  // session has ended, bad_message for a number that is taken.
  OutgoingStream(const Call& call, std::uint32_t number);
  ~OutgoingStream() override;
  OutgoingStream(const OutgoingStream&) = delete;
  OutgoingStream& operator=(const OutgoingStream&) = delete;

  // Waits while 256 KiB are ahead of what the server takes. Throws Errc::refused when the server wants no
  // more (its reason), disconnected.
  Task<> write(std::string bytes) override;
  // After the last byte. `note`: at most 1 KiB.
  void end(std::string_view note);
  // Instead of the end.
  void fail(std::string_view why);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent
