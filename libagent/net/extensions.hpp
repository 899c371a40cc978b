// extensions: the header Sec-WebSocket-Extensions (RFC 6455, 9.1), and what of permessage-deflate (RFC 7692,
// 7) is agreed to: only both directions without context takeover, so that each message stands alone. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace agent::net {

struct ExtensionParameter {
  std::string name;
  std::optional<std::string> value;  // a quoted one without its quotes
};

struct Extension {
  std::string name;
  std::vector<ExtensionParameter> parameters;
};

// A list may have empty elements ("a,, b"), be empty, or be spread over several header lines.
// Throws bad_message with what is malformed, which fails the handshake.
std::vector<Extension> parse_extensions(std::string_view text);
std::vector<Extension> extensions_of(const HttpHead& head);

// What a client offers.
std::string deflate_offer();

// Server: the answer to the first offer of permessage-deflate that can be met, "" = none. An offer with a
// parameter that is unknown, repeated, out of its range (7.1.2: 8 to 15) or beyond us (a smaller window of
// ours) is declined, and the next one is looked at. A client may always limit its own window.
std::string answer_offers(const std::vector<Extension>& offers);

// Client: whether permessage-deflate was agreed to. Throws bad_message, which fails the connection, for an
// answer that has anything else in it than what was offered, or a parameter that is wrong (7.1). The server
// may limit its window without having been asked to.
bool check_answer(const std::vector<Extension>& answer, bool offered);

}  // namespace agent::net
