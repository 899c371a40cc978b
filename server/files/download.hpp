// Download: a file of an agent on its way to a client (wire protocol, section 7.3).
//
// For coroutines on the loop of the client's request; destroying it ends the transfer. A large content is
// passed on while it arrives, but for its last piece, which waits for the digest of the whole: what arrives
// whole is right.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/task.hpp"
#include "files/file_service.hpp"
#include "hub/session.hpp"
#include "net/loop.hpp"

namespace server {

// A content up to this size is received and checked before its first byte is passed on.
inline constexpr std::uint64_t kCheckedFirst = 1024 * 1024;

class Download {
 public:
  // `timeout`: for the agent's answer, and for each step from there on.
  Download(FileService& files, agent::net::Loop& loop, std::shared_ptr<Session> session,
           std::chrono::seconds timeout);
  ~Download();
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  // Asks for the file at `path` and receives its beginning. Throws refused (the agent's text), disconnected,
  // timeout, bad_message ("invalid checksum" and the like), io.
  agent::Task<> open(std::string path);

  std::uint64_t size() const;
  // The first bytes, for a look at what it is.
  const std::string& beginning() const;

  // The next piece of the content, "" at its end. Throws as open().
  agent::Task<std::string> read();

 private:
  agent::Task<std::string> next();
  agent::Task<std::string> receive();
  void check();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace server
