// HTTP/1.1 messages: parsing without I/O, reading from a Stream, and the text of heads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/task.hpp"

namespace agent::net {

class Stream;

struct HttpLimits {
  std::size_t head = 32 * 1024;  // bytes of request line and headers
  std::size_t header_count = 100;
};

// HttpHead: start line and headers of a request or a response.
struct HttpHead {
  std::string method;  // request
  std::string target;  // request: path and query, as sent
  int minor = 1;       // of the version, HTTP/1.x
  int status = 0;      // response
  std::string reason;  // response
  std::vector<std::pair<std::string, std::string>> headers;
  bool keep_alive = true;
  bool upgrade = false;  // "Connection: upgrade" with an Upgrade header, or CONNECT
  bool chunked = false;
  std::optional<std::uint64_t> content_length;

  // The first header of that name, ignoring case; "" when absent.
  std::string_view header(std::string_view name) const;
  // How many header lines have that name.
  std::size_t count(std::string_view name) const;
  // One of the comma-separated values of the headers of that name is `token`, ignoring case.
  bool lists(std::string_view name, std::string_view token) const;
};

// HttpFault: a request that cannot be understood. Answer `status`, then close.
class HttpFault : public Error {
 public:
  HttpFault(int http_status, const std::string& message)
      : Error(Errc::bad_message, message), status(http_status) {}
  int status;
};

// HttpParser: bytes to one message after the other. Keeps no input.
//
// Requests are read strictly (http_rules.hpp): a front that reads them another way must not be able to hide a
// second one in them. Responses are read as leniently as http_parser does, those of HTTP/1.0 too; the ends of
// their bodies are not.
class HttpParser {
 public:
  enum class Kind { request, response };
  enum class Event {
    need_more,  // all bytes used
    head,       // head() is complete
    body,       // body() is the next piece, a part of the bytes given
    end,        // the message is complete
  };

  HttpParser(Kind kind, const HttpLimits& limits);
  ~HttpParser();

  // Consumes from the front of `bytes` until the next event; `end` comes without bytes where a head or the
  // last piece of a body was the end already. After `end` of an upgrade, `bytes` is what belongs to the new
  // protocol. Throws HttpFault (400, 431, 501, 505), and the same one at every later call.
  Event parse(std::span<char>& bytes);
  // Where the next event is an `end` that takes no bytes: takes it.
  bool take_end();

  HttpHead& head();
  std::string_view body() const;
  // The response to a HEAD request has no body whatever its headers say.
  void expect_no_body();
  // Nothing of a message has been seen since the last `end`.
  bool is_idle() const;
  // The connection ended: true when that completes the message (a response without length). Nothing
  // can come any more of any other message that was begun.
  bool finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// HttpReader: messages from a Stream, body piece by piece with back-pressure.
class HttpReader {
 public:
  HttpReader(Stream& stream, HttpParser::Kind kind, const HttpLimits& limits = {});

  // The next head; nullopt when the peer closed between messages. What is left of the previous body
  // must have been read. Throws HttpFault, disconnected, timeout.
  Task<std::optional<HttpHead>> head();

  // The next piece of the body, "" at its end (and ever after, until the next head).
  Task<std::string> body();

  // The whole body of `size` bytes, as its Content-Length says, if all of it has come with the head; nothing
  // otherwise. Before the first body().
  std::optional<std::string> take_body(std::uint64_t size);

  bool at_end() const { return at_end_; }
  HttpParser& parser() { return parser_; }

  // After a head with `upgrade`: the bytes that arrived behind it. The reader is done.
  std::string take_rest();

 private:
  Task<HttpParser::Event> next();
  HttpParser::Event parse_rest();

  Stream& stream_;
  HttpParser parser_;
  std::string rest_;  // received, not yet parsed
  std::size_t rest_used_ = 0;
  std::string piece_;
  bool at_end_ = true;
};

// Appends "HTTP/1.1 200 OK\r\n", the headers given, and the empty line.
using HeaderList = std::vector<std::pair<std::string_view, std::string_view>>;
void write_response_head(std::string& out, int status, const HeaderList& headers);
void write_request_head(std::string& out, std::string_view method, std::string_view target,
                        const HeaderList& headers);
// Appends one chunk of a chunked body; an empty one ends the body.
void write_chunk(std::string& out, std::string_view data);

std::string_view reason_phrase(int status);

}  // namespace agent::net
