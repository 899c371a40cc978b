// ApiClient: the server's HTTP API for agentctl: paths in, payloads out, errors that say what to do.
//
// Belongs to its loop. Any number of calls may be under way; each has a connection for itself meanwhile.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/error.hpp"
#include "agent/json_value.hpp"
#include "agent/task.hpp"
#include "agentctl/context_file.hpp"
#include "net/http_requester.hpp"

namespace agentctl {

// ApiError: the server answered, and its answer is no success. `code`: of the envelope, or the HTTP status.
// `may_pass`: it says when to come again (Retry-After). `is_page`: it was a web page, as proxies answer. The
// text is the server's, at most kErrorText bytes.
class ApiError : public agent::Error {
 public:
  ApiError(int status, const std::string& message, bool passes = false)
      : Error(agent::Errc::refused, message), code(status), may_pass(passes) {}
  int code;
  bool may_pass;
  bool is_page = false;
};
inline constexpr std::size_t kErrorText = 2000;

// Answer: the JSON that came, and the part of it that was meant.
struct Answer {
  agent::json::Document document;
  // null for an answer without one.
  agent::json::Value payload() const { return document.root().find("payload"); }
};

class ApiClient {
 public:
  ApiClient(agent::net::Loop& loop, Connection connection);

  const Connection& connection() const { return connection_; }
  agent::net::Loop& loop() const { return loop_; }

  // A lease of a connection: it goes back to the others at the end, if it can be used again.
  using Lease = std::shared_ptr<agent::net::HttpRequester>;
  Lease lease();

  // For calls of which agents and commands take their time.
  static constexpr std::chrono::seconds kAnswerLimit{70};  // the server gives an agent 60

  // A call of a route with an envelope; `path` with its query, without the URL's prefix. `body`: JSON, "" =
  // none. Throws ApiError, and what HttpRequester::send() throws.
  agent::Task<Answer> call(std::string method, std::string path, std::string body = {},
                           std::chrono::milliseconds limit = kAnswerLimit);
  agent::Task<Answer> call(agent::net::HttpRequest request, std::chrono::milliseconds limit);
  agent::Task<Answer> get(std::string path) { return call("GET", std::move(path), {}); }

  // The head of an answer with HTTP status 200 (or 206) whose body is read from `lease`. Throws as call(); an
  // envelope that is no success counts as none although its status is 200.
  agent::Task<agent::net::HttpHead> open(Lease lease, agent::net::HttpRequest request);

 private:
  const Connection connection_;
  agent::net::Loop& loop_;
  struct Idle;
  std::shared_ptr<Idle> idle_;
};

// "a b/c" as one segment of a path or one value of a query.
std::string url_part(std::string_view text);

}  // namespace agentctl
