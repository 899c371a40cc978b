// What keeps a browser from running what a reply carries: outputs, files and metrics come from agents, and a
// document of our origin could call the API in the name of whoever looks at it.
#pragma once

#include <string_view>

#include "http/reply.hpp"
#include "net/http.hpp"

namespace server {

// The type under which bytes of that type may leave: markup, scripts and style sheets are
// "text/plain; charset=utf-8", what is unknown to be harmless is "application/octet-stream", everything else
// is itself.
std::string_view inert_type(std::string_view content_type);

// Appends Content-Type and the headers that make browsers keep to it (Fetch, 3.6; CSP 3). Every reply that is
// no page of ours (Reply::is_page) is inert: its type is, and where a browser would show it, it is alone in a
// sandbox. A page can't be framed, and runs
// and loads nothing but its own styles unless it brings a policy of its own among its headers. The views
// point into `reply`.
void append_type(agent::net::HeaderList& headers, const Reply& reply);

}  // namespace server
