// Fetch: a GET from the server that the agent is connected to, on the same address and, if the session uses
// them, through TLS and the proxy. The body comes piece by piece: what is not read yet waits on the network.
//
// For coroutines on the agent's loop. Destroying it closes the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "agent/pump.hpp"
#include "agent/task.hpp"

namespace agent {

class Fetch final : public ByteSource {
 public:
  // `target`: path and query, as "/api/file/upload/x". Throws Errc::bad_message for anything else, and
  // disconnected without a session.
  Fetch(Agent& agent, std::string_view target);
  ~Fetch() override;
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  // Before open(). Throws Errc::bad_message for characters that no header can have.
  void set_header(std::string_view name, std::string_view value);

  // Sends the request. Any status but 200 is Errc::refused: "http_code=404, data=not found"; redirects are
  // not followed. Throws disconnected, timeout (20 s without an answer), denied (TLS).
  Task<> open();

  // The body's length if the server said it.
  std::optional<std::uint64_t> length() const;

  // The next piece of the body, at most 64 KiB, "" at its end. Throws disconnected, also when the body is cut
  // short, and timeout when nothing comes for 30 s.
  Task<std::string> read() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent
