#include "http/origin.hpp"

#include <algorithm>

#include "base/ascii_case.hpp"
#include "net/authority.hpp"

namespace server {
namespace {

using agent::equals_ignoring_case;
using agent::net::Authority;
using agent::net::HttpHead;

constexpr std::string_view kForeignPage =
    "a web page of another origin may not call this server; if it is to, name its origin in allowed_origins";
constexpr std::string_view kForeignHost =
    "this server is not known by the name in Host; call it by its address, or add the name to server_names";

constexpr std::string_view kCorsMethods = "GET, POST, PUT, PATCH, DELETE";
constexpr std::string_view kCorsHeaders = "Authorization, Content-Type";
// For so many seconds a browser need not ask again.
constexpr std::string_view kCorsMaxAge = "600";

// A header of which there should be one.
struct Field {
  bool is_there = false;
  bool is_repeated = false;
  std::string_view value;

  void read(std::string_view text) {
    is_repeated = is_there;
    is_there = true;
    value = text;
  }
};

// What a request says about the page behind it, and whom it means.
struct Asker {
  Field origin;
  Field site;
  Field mode;
  Field destination;
  Field host;
  bool is_browser = false;
  bool asks_first = false;  // a preflight, if the method is OPTIONS
};

Asker read_asker(const HttpHead& head) {
  Asker out;
  for (const auto& [name, value] : head.headers) {
    const auto is = [&name = name](std::string_view wanted) { return equals_ignoring_case(name, wanted); };
    if (is("Host")) out.host.read(value);
    if (is("Origin")) out.origin.read(value);
    if (is("Access-Control-Request-Method")) out.asks_first = true;
    if (!agent::starts_with_ignoring_case(name, "Sec-Fetch")) continue;
    out.is_browser = true;
    if (is("Sec-Fetch-Site")) out.site.read(value);
    if (is("Sec-Fetch-Mode")) out.mode.read(value);
    if (is("Sec-Fetch-Dest")) out.destination.read(value);
  }
  out.is_browser = out.is_browser || out.origin.is_there;
  return out;
}

std::string_view path_of(const HttpHead& head) {
  return std::string_view(head.target).substr(0, head.target.find('?'));
}

bool is_reading(const HttpHead& head) { return head.method == "GET" || head.method == "HEAD"; }

// ---- the page that asks

bool is_allowed_origin(const Field& origin, const OriginPolicy& policy) {
  if (policy.allowed_origins.empty() || !origin.is_there || origin.is_repeated) return false;
  const auto asking = agent::net::parse_origin(origin.value);
  return asking && std::any_of(policy.allowed_origins.begin(), policy.allowed_origins.end(),
                               [&](const std::string& allowed) {
                                 const auto known = agent::net::parse_origin(allowed);
                                 return known && same_origin(*known, *asking);
                               });
}

bool is_own_origin(const Field& origin, const Field& host) {
  const auto asking = agent::net::parse_origin(origin.value);
  const auto asked = agent::net::parse_authority(host.value);
  return asking && asked && same_authority(asking->authority, *asked, asking->scheme);
}

// A page may open a WebSocket to any origin, and its request carries nothing that the page could not send
// but the Origin, which browsers always add.
bool is_foreign(const HttpHead& head, const Asker& asker) {
  if (asker.site.is_repeated || asker.origin.is_repeated) return true;
  if (head.upgrade && asker.origin.is_there && !is_own_origin(asker.origin, asker.host)) return true;
  if (asker.site.is_there) return asker.site.value != "same-origin" && asker.site.value != "none";
  return asker.origin.is_there && !is_own_origin(asker.origin, asker.host);
}

// A person followed a link. The page that shows it learns nothing of what it leads to.
bool is_visit(const HttpHead& head, const Asker& asker, const OriginPolicy& policy) {
  if (head.method != "GET" || asker.mode.value != "navigate" || asker.destination.value != "document") {
    return false;
  }
  std::string_view path = path_of(head);
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);  // redirected to the page
  return std::find(policy.pages.begin(), policy.pages.end(), path) != policy.pages.end();
}

// ---- the name that it asked

bool is_localhost(std::string_view host) {
  constexpr std::string_view kBelow = ".localhost";
  if (host.size() > kBelow.size()) host.remove_prefix(host.size() - kBelow.size());
  return equals_ignoring_case(host, "localhost") || equals_ignoring_case(host, kBelow);
}

bool is_own_host(const Authority& host, const OriginPolicy& policy) {
  if (agent::net::is_ip_address(host) || is_localhost(host.host)) return true;
  return std::any_of(policy.server_names.begin(), policy.server_names.end(), [&](const std::string& name) {
    const auto known = agent::net::parse_authority(name);
    return known && agent::net::same_host(known->host, host.host);
  });
}

bool is_fetch_path(std::string_view path, const OriginPolicy& policy) {
  return std::any_of(policy.fetch_paths.begin(), policy.fetch_paths.end(), [&](const std::string& known) {
    if (!known.ends_with('/')) return path == known;
    return path.starts_with(known) && path.find('/', known.size()) == std::string_view::npos;
  });
}

bool is_agents_request(const HttpHead& head, const Asker& asker, const OriginPolicy& policy) {
  if (asker.is_browser || !is_reading(head)) return false;
  const std::string_view path = path_of(head);
  return path == policy.agent_path || is_fetch_path(path, policy);
}

bool may_use_host(const HttpHead& head, const Asker& asker, const OriginPolicy& policy) {
  const bool is_guarded =
      path_of(head) == policy.agent_path ? policy.asks_agents_for_tokens : policy.asks_for_tokens;
  if (is_guarded || policy.has_any_name) return true;
  if (asker.host.is_repeated) return false;
  if (asker.host.value.empty()) return true;
  const auto host = agent::net::parse_authority(asker.host.value);
  if (host && is_own_host(*host, policy)) return true;
  return is_agents_request(head, asker, policy);
}

void answer_preflight(OriginVerdict& verdict) {
  verdict.answer = text_reply(204, "");
  verdict.headers.emplace_back("Access-Control-Allow-Methods", kCorsMethods);
  verdict.headers.emplace_back("Access-Control-Allow-Headers", kCorsHeaders);
  verdict.headers.emplace_back("Access-Control-Max-Age", kCorsMaxAge);
}

}  // namespace

OriginVerdict judge_origin(const HttpHead& head, const OriginPolicy& policy) {
  OriginVerdict verdict;
  const Asker asker = read_asker(head);
  if (!policy.allowed_origins.empty()) verdict.headers.emplace_back("Vary", "Origin");
  if (is_allowed_origin(asker.origin, policy)) {
    verdict.headers.emplace_back("Access-Control-Allow-Origin", asker.origin.value);
    if (head.method == "OPTIONS" && asker.asks_first) answer_preflight(verdict);
  } else if (is_foreign(head, asker) && !is_visit(head, asker, policy)) {
    verdict.answer = text_reply(403, kForeignPage);
    return verdict;
  }
  if (!may_use_host(head, asker, policy)) verdict.answer = text_reply(421, kForeignHost);
  return verdict;
}

bool has_own_origin(const HttpHead& head) {
  const Asker asker = read_asker(head);
  return asker.origin.is_there && !asker.origin.is_repeated && is_own_origin(asker.origin, asker.host);
}

bool is_from_browser(const HttpHead& head) { return read_asker(head).is_browser; }

bool has_json_type(const HttpHead& head) {
  std::string_view type = head.header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return equals_ignoring_case(type, "application/json");
}

}  // namespace server
