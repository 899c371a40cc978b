// Messages on an HTTP connection, and the upgrade that one may ask for. The first byte says whether they are
// requests.
#include "net/http.hpp"

#include <fmt/format.h>

#include <utility>

#include "net/websocket_codec.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using agent::Error;
using agent::net::HttpFault;
using agent::net::HttpHead;
using agent::net::HttpParser;
using Event = HttpParser::Event;

constexpr agent::net::HttpLimits kLimits{.head = 1024, .header_count = 20};

std::string describe(const HttpHead& head) {
  std::string text =
      fmt::format("{} {} {} {} {}{}{} {}\n", head.method, head.target, head.status, head.reason,
                  head.keep_alive, head.upgrade, head.chunked, head.content_length.value_or(0));
  for (const auto& [name, value] : head.headers) text += fmt::format("{}: {}\n", name, value);
  return text;
}

void try_upgrade(const HttpHead& head, HttpParser::Kind kind) {
  try {
    if (kind == HttpParser::Kind::request) {
      fuzz::require(!agent::net::accept_upgrade(head, true).accept.empty(), "an upgrade without an answer");
    } else {
      agent::net::check_upgrade(head, "dGhlIHNhbXBsZSBub25jZQ==");
    }
  } catch (const Error&) {
  }
}

std::string transcript(HttpParser::Kind kind, std::string bytes, std::size_t step) {
  HttpParser parser(kind, kLimits);
  std::string told;
  std::string body;  // of a message that has not ended: how much comes ahead of a fault may differ
  std::span<char> rest(bytes);
  try {
    while (!rest.empty()) {
      std::span<char> piece = rest.first(std::min(step, rest.size()));
      rest = rest.subspan(piece.size());
      for (Event event = Event::end; event != Event::need_more;) {
        event = parser.parse(piece);
        if (event == Event::head) told += describe(parser.head());
        if (event == Event::head && step > bytes.size()) try_upgrade(parser.head(), kind);
        if (event == Event::body) body += parser.body();
        if (event != Event::end) continue;
        told += std::exchange(body, {}) + "|end\n";
        fuzz::require(parser.is_idle(), "a message has ended and has not");
        // Nothing of this protocol follows.
        if (parser.head().upgrade || !parser.head().keep_alive) return told;
        if (piece.empty()) break;
      }
    }
    told += parser.finish() ? body + "finished" : "cut off";
  } catch (const HttpFault& fault) {
    fuzz::require(fault.status >= 400 && fault.status < 600, "a fault without a status");
    // A head can be both too large and wrong: either may be told.
    told += fmt::format("fault {}", fault.status == 431 ? 400 : fault.status);
  }
  return told;
}

}  // namespace

void fuzz::http(std::string_view input) {
  const auto kind = (take_byte(input) & 1) != 0 ? HttpParser::Kind::request : HttpParser::Kind::response;
  same_for_all_steps(
      [kind](std::string_view bytes, std::size_t step) { return transcript(kind, std::string(bytes), step); },
      input);
}
