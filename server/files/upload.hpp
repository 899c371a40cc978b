// Uploads: content from a client, or from the server itself, into a file of an agent (wire protocol, section
// 7.2).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "files/file_service.hpp"
#include "hub/agent_session.hpp"

namespace server {

// Content up to this size travels within the message.
inline constexpr std::size_t kInlineMax = 1024 * 1024;

struct UploadTarget {
  std::string dir;  // "$$TMP$$": the agent's private directory
  std::string name;
  std::uint32_t mode = 0644;  // Go mode bits
  std::string own_user;
  std::string own_group;
  std::chrono::seconds timeout{60};  // for the agent's reply, and for each step towards it

  bool operator==(const UploadTarget&) const = default;
};

// ContentSource: a content, and what else is said about it.
class ContentSource : public agent::ByteSource {
 public:
  // Whether target() can be asked before the content has been read.
  virtual bool is_target_known() const = 0;
  // Where the content goes. What is said at the end of the content counts.
  virtual UploadTarget target() const = 0;
  // Once it is at its end: the digest that it should have, in hexadecimal; "" = not known.
  virtual std::string expected_md5() const = 0;
};

// Writes `content`, at most kInlineMax bytes, into a file of the agent and returns its path there. On
// the agent's shard. Throws refused (the agent's text), timeout, disconnected, too_large.
agent::Task<std::string> upload_bytes(FileService* files, std::shared_ptr<Session> session,
                                      UploadTarget target, std::string content);

// The same for content of any size. What does not fit into the message is streamed if the agent can take a
// stream, else it is stored in cache_dir until the agent has fetched it. Throws as upload_bytes, what the
// source throws, io, and OrderError "bad param: md5:invalid checksum".
agent::Task<std::string> upload_content(FileService* files, std::shared_ptr<Session> session,
                                        std::shared_ptr<ContentSource> source);

}  // namespace server
