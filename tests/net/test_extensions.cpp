// What is agreed about permessage-deflate (RFC 7692, 5 and 7.1): the server's answer to an agent's offer, and
// what the agent makes of that answer.
#include "net/extensions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "net/http.hpp"
#include "net/websocket_codec.hpp"

using namespace agent;
using namespace agent::net;

namespace {

const std::string kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // and its answer, RFC 6455, 1.3
const std::string kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const std::string kAgreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

struct Header {
  std::vector<std::string> lines;
  std::string result;
};

void add_lines(HttpHead& head, const Header& header) {
  for (const std::string& line : header.lines) head.headers.emplace_back("Sec-WebSocket-Extensions", line);
}

// The server's answer to an offer, or "malformed".
std::string answer_to(const Header& header) {
  HttpHead head;
  head.method = "GET";
  head.headers = {{"Upgrade", "websocket"},
                  {"Connection", "Upgrade"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", kKey}};
  add_lines(head, header);
  try {
    const Upgrade upgrade = accept_upgrade(head, true);
    CHECK(upgrade.deflate == !upgrade.extensions.empty());
    return upgrade.extensions;
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_message);
    CHECK_THAT(error.what(), Catch::StartsWith("Sec-WebSocket-Extensions: offset "));
    return "malformed";
  }
}

// What the agent makes of the server's answer: "deflate", "plain", or "fails".
std::string outcome_of(const Header& header, bool offered) {
  HttpHead head;
  head.status = 101;
  head.headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", kAccept}};
  add_lines(head, header);
  try {
    return check_upgrade(head, kKey, offered) ? "deflate" : "plain";
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_message);
    return "fails";
  }
}

const std::vector<std::string> kMalformed = {
    "permessage-deflate;",
    "permessage-deflate; ; server_no_context_takeover",
    "permessage-deflate client_max_window_bits",
    "; permessage-deflate",
    "=",
    "permessage-deflate; =15",
    "permessage-deflate; client_max_window_bits=",
    "permessage-deflate; client_max_window_bits=10=11",
    "permessage-deflate; client_max_window_bits=\"10",
    "permessage-deflate; client_max_window_bits=\"\"",
    "permessage-deflate; client_max_window_bits=\" 10\"",
    "permessage-deflate; client_max_window_bits=\"10\"1",
    "permessage-deflate; client_max_window_bits=\"10\\",
    "permessage-deflate, x\x01y",
    "permessage-deflate, (comment)",
    "x/y",
};

}  // namespace

TEST_CASE("WebSocket rules: the server's answer to what is offered", "[net]") {
  const std::vector<Header> headers = {
      {{}, ""},
      {{""}, ""},
      {{" , ,"}, ""},
      {{"x-other"}, ""},
      {{"permessage-deflate"}, kAgreed},
      {{kAgreed}, kAgreed},
      {{"\tpermessage-deflate ;server_no_context_takeover\t; client_no_context_takeover "}, kAgreed},
      {{"x-other; a=b; c=\"d\", permessage-deflate"}, kAgreed},
      {{"x-other", "permessage-deflate"}, kAgreed},
      {{"permessage-deflate; client_max_window_bits"}, kAgreed},
      {{"permessage-deflate; client_max_window_bits=8"}, kAgreed},
      {{"permessage-deflate; client_max_window_bits=\"15\""}, kAgreed},
      {{"permessage-deflate; client_max_window_bits=\"1\\5\""}, kAgreed},
      {{"permessage-deflate; server_max_window_bits=15"}, kAgreed + "; server_max_window_bits=15"},
      // declined
      {{"permessage-deflate; server_max_window_bits=10"}, ""},
      {{"permessage-deflate; unknown"}, ""},
      {{"permessage-deflate; server_no_context_takeover=1"}, ""},
      {{"permessage-deflate; client_no_context_takeover=\"1\""}, ""},
      {{"permessage-deflate; server_no_context_takeover; server_no_context_takeover"}, ""},
      {{"permessage-deflate; client_no_context_takeover; client_no_context_takeover"}, ""},
      {{"permessage-deflate; client_max_window_bits; client_max_window_bits=10"}, ""},
      {{"permessage-deflate; server_max_window_bits=15; server_max_window_bits=15"}, ""},
      {{"permessage-deflate; server_max_window_bits"}, ""},
      {{"permessage-deflate; server_max_window_bits=7"}, ""},
      {{"permessage-deflate; server_max_window_bits=16"}, ""},
      {{"permessage-deflate; client_max_window_bits=7"}, ""},
      {{"permessage-deflate; client_max_window_bits=16"}, ""},
      {{"permessage-deflate; client_max_window_bits=08"}, ""},
      {{"permessage-deflate; client_max_window_bits=+9"}, ""},
      {{"permessage-deflate; client_max_window_bits=x"}, ""},
      // declined, and the next one taken
      {{"permessage-deflate; server_max_window_bits=10, permessage-deflate"}, kAgreed},
      {{"permessage-deflate; unknown", "permessage-deflate; client_max_window_bits"}, kAgreed},
      {{"permessage-deflate; client_max_window_bits=99, permessage-deflate; server_max_window_bits=15"},
       kAgreed + "; server_max_window_bits=15"},
  };
  for (const Header& header : headers) {
    INFO(fmt::format("{}", fmt::join(header.lines, " | ")));
    CHECK(answer_to(header) == header.result);
  }
  for (const std::string& line : kMalformed) {
    INFO(line);
    CHECK(answer_to({{line}, ""}) == "malformed");
    CHECK(answer_to({{"permessage-deflate", line}, ""}) == "malformed");
  }
}

TEST_CASE("WebSocket rules: what an agent takes for an answer", "[net]") {
  const std::vector<Header> headers = {
      {{}, "plain"},
      {{kAgreed}, "deflate"},
      {{kAgreed + "; server_max_window_bits=8"}, "deflate"},
      {{kAgreed + "; server_max_window_bits=15"}, "deflate"},
      {{kAgreed + "; server_max_window_bits"}, "fails"},
      {{kAgreed + "; server_max_window_bits=7"}, "fails"},
      {{kAgreed + "; server_max_window_bits=16"}, "fails"},
      {{kAgreed + "; client_max_window_bits=15"}, "fails"},  // was not offered
      {{kAgreed + "; unknown"}, "fails"},
      {{kAgreed + "; client_no_context_takeover"}, "fails"},
      {{"permessage-deflate; server_no_context_takeover; client_no_context_takeover=1"}, "fails"},
      {{"permessage-deflate"}, "fails"},
      {{"permessage-deflate; server_no_context_takeover"}, "fails"},
      {{"permessage-deflate; client_no_context_takeover"}, "fails"},
      {{kAgreed + ", " + kAgreed}, "fails"},
      {{kAgreed, "x-other"}, "fails"},
      {{"x-other"}, "fails"},
  };
  for (const Header& header : headers) {
    INFO(fmt::format("{}", fmt::join(header.lines, " | ")));
    CHECK(outcome_of(header, true) == header.result);
  }
  CHECK(outcome_of({{}, ""}, false) == "plain");
  CHECK(outcome_of({{kAgreed}, ""}, false) == "fails");
  for (const std::string& line : kMalformed) {
    INFO(line);
    CHECK(outcome_of({{line}, ""}, true) == "fails");
  }
}
