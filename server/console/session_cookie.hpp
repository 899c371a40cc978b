// The cookie of a signed-in browser: what it is called, and when it counts. Pure.
//
// A browser sends it with whatever any page of this host asks for, so that the cookie alone proves nothing: a
// request with it must also look as only our own page can make it (docs/security.md).
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace server {

// The header that our page sends with all it asks for. A foreign page cannot: its browser would ask us first,
// and the answer allows no such header (origin.hpp).
inline constexpr std::string_view kPageHeader = "X-Agent-Console";

// The id in the request's cookie, "" without one. Cookies belong to a host and not to a port: the name has
// the port that the browser uses (Host), so that several servers of one machine do not sign each other out.
std::string_view session_id(const agent::net::HttpHead& head);

// Why a request may not use its cookie, "" when it may:
// - an upgrade only with an Origin that is ours;
// - what changes something (all but GET and HEAD) only with kPageHeader;
// - what reads: not when Origin or Sec-Fetch-Site says that another page asks. Both may be missing: a
// download over plain HTTP
//   tells nothing, and no page of another origin can read the answer.
std::string_view misuse_of_session(const agent::net::HttpHead& head);

// Set-Cookie for an id, or with "" for its end. The cookie is HttpOnly and SameSite=Strict; Secure when `tls`
// or when the page was loaded by https, as its Origin says (a proxy before us).
std::string session_cookie(const agent::net::HttpHead& head, std::string_view id, bool tls);

}  // namespace server
