// judge_origin: whether a request may come from where it comes from. A decision without I/O.
//
// A browser sends requests in the name of any page that a person opens, from inside the machine and the
// network that the person sits in. Browsers say which page asks (Fetch Metadata; RFC 6454, 7.3), other
// clients do not. A page that makes its own name mean our address (DNS rebinding) counts as the same origin
// and is known by that name in Host.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/reply.hpp"
#include "net/http.hpp"

namespace server {

struct OriginPolicy {
  std::vector<std::string> allowed_origins;  // pages that may call us: "https://ui.example:8443"
  std::vector<std::string> server_names;     // what we are called, besides addresses and localhost
  bool has_any_name = false;                 // we may be called anything
  std::vector<std::string> pages;            // where a link on any page may lead
  std::string agent_path = "/ws/agent";
  // What agents fetch. One that ends with a slash stands for all that is one level below it.
  std::vector<std::string> fetch_paths;
  bool asks_for_tokens = false;         // on every path but agent_path
  bool asks_agents_for_tokens = false;  // there
};

struct OriginVerdict {
  // Set: the answer, instead of what was asked for. 403: a foreign page; 421: a Host that is not ours;
  // 204: the preflight of an allowed origin.
  std::optional<Reply> answer;
  // For whatever is answered: CORS (Fetch, 3.2.3).
  std::vector<std::pair<std::string, std::string>> headers;
};

// In this order:
// - An allowed origin may ask for everything.
// - Otherwise Sec-Fetch-Site decides, which no page can forge: same-origin and none may. Without it an Origin
//   must have the host and port of Host; of an upgrade it must in any case. Everybody may follow a link to
//   one of `pages`. There is no look at Referer, which a page can switch off.
// - Where no token is asked for, and unless we may be called anything, Host must be an address, localhost,
// below it, or one of `server_names`.
//   Requests without Host may come in, and agents, which know us by names that we do not know ourselves.
OriginVerdict judge_origin(const agent::net::HttpHead& head, const OriginPolicy& policy);

// Origin or one of Sec-Fetch-* is there, which programs do not send.
bool is_from_browser(const agent::net::HttpHead& head);
// Origin is there once, and has the host and port of Host.
bool has_own_origin(const agent::net::HttpHead& head);
// Content-Type is application/json, with parameters or without. Browsers let foreign pages send the three
// types of forms without asking; JSON is none of them.
bool has_json_type(const agent::net::HttpHead& head);

}  // namespace server
