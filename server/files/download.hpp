// Download: a file of an agent, or a part of it, on its way to a client (wire protocol, section 7.3;
// docs/wire.md, "stream").
//
// Belongs to the agent's shard; destroying it ends the transfer. A large content is
// passed on while it arrives, but for its last piece, which waits for the digest of the whole: what arrives
// whole is right.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "agent/wire/file.hpp"
#include "files/file_service.hpp"
#include "hub/agent_session.hpp"

namespace server {

// A content up to this size is received and checked before its first byte is passed on.
inline constexpr std::uint64_t kCheckedFirst = 1024 * 1024;

// What is wanted of a file. Only our agents know parts, and not of every file: what comes is in
// DownloadFacts.
struct DownloadOrder {
  std::string path;          // any bytes
  std::uint64_t first = 0;   // from there on
  std::uint64_t length = 0;  // so many bytes, 0 = up to the end
  std::uint64_t last = 0;    // instead: so many bytes at the end
  std::string if_etag;       // a part only of this content, otherwise all of it
};

// What the agent says of the file.
struct DownloadFacts {
  std::uint64_t size = 0;  // bytes of all of it
  std::string etag;  // as in HTTP; "": an original, an older agent, or content that is made while it is read
  std::optional<std::chrono::sys_seconds> modified;
  bool is_part = false;  // whether `begin` to `end` comes, which may be nothing; else all of it
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

class Download final : public agent::ByteSource {
 public:
  // `timeout`: for the agent's answer, and for each step from there on.
  Download(FileService& files, std::shared_ptr<Session> session, std::chrono::seconds timeout);
  ~Download() override;
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  // Asks for the file. Its content stays with the agent, as long as that is one of ours. Throws refused (the
  // agent's text), disconnected, timeout, bad_message ("invalid checksum" and the like), io.
  agent::Task<> ask(DownloadOrder order);
  const DownloadFacts& facts() const;

  // Receives the beginning of what comes. Throws as ask().
  agent::Task<> begin();
  // The first bytes of the file, wherever the part begins, for a look at what it is.
  const std::string& beginning() const;

  // The next piece of what comes. Throws as ask().
  agent::Task<std::string> read() override;

 private:
  agent::Task<std::string> next();
  void learn(const agent::wire::DownloadReply& reply);
  void check();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace server
