// What the two heads of a WebSocket upgrade must say (RFC 6455, 4.1 and 4.2.1). Decisions without I/O.
#pragma once

#include "net/http.hpp"

namespace agent::net {

// The version that both sides speak, as Sec-WebSocket-Version has it.
inline constexpr std::string_view kWebSocketVersion = "13";

// Server. Throws HttpFault 400, and 426 for another version: the answer then says which one is right.
void check_upgrade_request(const HttpHead& request);

// Client: the answer, whose status is 101. Throws Errc::bad_message.
void check_upgrade_answer(const HttpHead& response);

}  // namespace agent::net
