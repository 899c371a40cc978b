// HttpGet: one GET and its body, piece by piece, on a connection of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "net/byte_stream.hpp"
#include "net/dial.hpp"
#include "net/http.hpp"

namespace agent::net {

class HttpGet final : public ByteSource {
 public:
  // `options.timeout` is for the answer's head; `target` is path and query. The loop must outlive it.
  HttpGet(Loop& loop, DialOptions options, std::string target)
      : loop_(loop), options_(std::move(options)), target_(std::move(target)) {}

  // Before open().
  void set_header(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
  }
  // The connection is closed when nothing of the body comes for so long.
  void set_idle_limit(std::chrono::milliseconds limit) { idle_limit_ = limit; }

  // The answer, whatever its status; redirects are not followed. Throws as dial().
  Task<HttpHead> open();
  // The next piece of the body, at most 64 KiB, "" at its end. Throws disconnected, timeout, bad_message.
  Task<std::string> read() override;

 private:
  Loop& loop_;
  DialOptions options_;
  std::string target_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::chrono::milliseconds idle_limit_{30000};
  std::unique_ptr<Stream> stream_;
  std::optional<HttpReader> reader_;
};

}  // namespace agent::net
