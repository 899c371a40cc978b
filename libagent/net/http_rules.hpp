// What a request's head must be so that nobody on its way can read another request in it (RFC 9112: 2.2, 3,
// 3.2, 5.1, 5.2, 6.1 to 6.3, 11.2). Decisions without I/O.
#pragma once

#include <cstddef>
#include <string_view>

#include "net/http.hpp"

namespace agent::net {

// RequestLines: the lines of one head, as its bytes come. Lines end in CR LF, the request line has two
// blanks, and a header does not go on in the next line.
class RequestLines {
 public:
  // Throws HttpFault 400.
  void take(std::string_view bytes);

 private:
  void take_text(std::string_view text);
  void take_end(char c);
  void end_line();

  char before_ = '\n';
  bool at_begin_ = true;  // of a line
  bool has_begun_ = false;
  bool in_headers_ = false;
  std::size_t blanks_ = 0;  // in the request line
};

// Names without blanks, one Host that is a host (or empty; HTTP/1.0 needs none), one length or one
// "Transfer-Encoding: chunked" (HTTP/1.1 only), a target without blanks that names no other host. Throws
// HttpFault: 400, or 501 for any other transfer coding, as the originals do.
void check_request_head(const HttpHead& head);

// A host with or without a port as in a URL: a name, an IPv4 address, "[IPv6]"; "" is none.
bool is_host(std::string_view text);

}  // namespace agent::net
