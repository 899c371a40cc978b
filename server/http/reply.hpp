// Reply: what a handler answers, and the two forms in which answers leave: the JSON envelope of /api
// (reference HTTP API, A.1) and raw HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "agent/task.hpp"

namespace agent::net {
class WebSocket;
}

namespace server {

class BodyWriter;

// Payload: what an envelope route answers: JSON text, or nothing ("payload" is then left out).
struct Payload {
  std::optional<std::string> json;
};

template <class T>
Payload payload(const T& value) {
  return Payload{agent::json::encode(value)};
}

// Reply: a raw response.
struct Reply {
  int status = 200;  // HTTP
  int code = 200;    // of the envelope, for the access log and the metrics; raw replies: the status
  std::string_view content_type = "text/plain; charset=utf-8";  // a literal
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  // Set: the body is written by this instead, with `length` as Content-Length, else chunked.
  std::function<agent::Task<>(BodyWriter*)> stream{};
  std::optional<std::uint64_t> length{};
  // Asked for when the body is written: fields behind it (RFC 9112, 7.1.2), for clients of HTTP/1.1. Their
  // names and values are ours, and stand in a header Trailer before.
  std::function<std::vector<std::pair<std::string, std::string>>()> trailers{};
  // Set, with status 101: the connection becomes a WebSocket, which this serves until it is over
  // (upgrade_reply()). It is cancelled when the token is revoked or the server stops.
  std::function<agent::Task<>(std::shared_ptr<agent::net::WebSocket>)> socket{};
  // A document of this server, made of nothing that came from elsewhere. All other replies are inert
  // (inert.hpp).
  bool is_page = false;
};

Reply text_reply(int status, std::string_view text);
Reply json_reply(int status, std::string json);

// A reply whose body `stream` writes until it ends by itself or the client leaves. Proxies are told neither
// to gather it (nginx does without X-Accel-Buffering) nor to keep it. A body that may say nothing for
// kQuietLimit writes something then, where its form has a place for that.
Reply endless_reply(std::string_view content_type, std::function<agent::Task<>(BodyWriter*)> stream);
// Proxies cut connections that say nothing, some after 15 s.
inline constexpr std::chrono::seconds kQuietLimit{10};

// RequestError: the request is at fault, not what it led to. `status` is the code in both forms. What
// services refuse to begin is an OrderError (order_error.hpp).
class RequestError : public agent::Error {
 public:
  RequestError(int http_status, const std::string& message)
      : Error(agent::Errc::bad_message, message), status(http_status) {}
  int status;
};

// The one table of failures. `envelope`: "code" of the JSON form, `http`: status of the raw form.
struct Failure {
  int envelope;
  int http;
};
Failure failure_of(const agent::Error& error);
// The text that the client sees. A not_found error names only the thing ("agent"): "not found: agent" in
// envelopes, "agent not found" raw.
std::string failure_text(const agent::Error& error, bool enveloped);

// How long ago that was, for `extime`.
std::chrono::milliseconds elapsed_since(std::chrono::steady_clock::time_point begin);
// {"code":200,"payload":...,"extime":ms}
Reply envelope(Payload payload, std::chrono::milliseconds extime);
// {"code":n,"msg":"...","reqid":"...","extime":ms}; HTTP status 200. Without a text there is no "msg", as in
// the originals.
Reply error_envelope(int code, std::string_view message, std::string_view request_id,
                     std::chrono::milliseconds extime);
// A failure as text/plain with the real status.
Reply raw_failure(const agent::Error& error);
// Gives a reply with code 429 that status and Retry-After, too. Leaves any other reply as it is.
void ask_to_retry(Reply& reply);
// Places become free all the time, and whoever comes back has lost nothing.
inline constexpr std::chrono::seconds kRetryAfter{1};

// What a path that has other methods than this one answers (RFC 9110, 15.5.6 and 9.3.7): 204 to OPTIONS, else
// 405. `allow`: "GET, HEAD, OPTIONS".
Reply other_method(std::string_view method, std::string allow);

// "Sun, 06 Nov 1994 08:49:37 GMT", for headers.
std::string http_date(std::chrono::system_clock::time_point time);
// The date of this second. Valid until the thread asks again.
std::string_view http_date_now();

// "YYYYMMDD-NNNNNNNN-hhhhhhhh": date, counter of this process, random. An identifier, not a secret.
std::string make_request_id();

}  // namespace server
