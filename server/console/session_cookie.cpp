#include "console/session_cookie.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/ascii_case.hpp"
#include "console/browser_sessions.hpp"
#include "http/origin.hpp"
#include "net/authority.hpp"

namespace server {
namespace {

using agent::net::HttpHead;

// A browser takes a cookie of this prefix only if it is Secure, and none that another host or a path has set
// (RFC 6265bis, 4.1.3.2).
constexpr std::string_view kSecurePrefix = "__Host-";

std::string cookie_name(const HttpHead& head) {
  const auto host = agent::net::parse_authority(head.header("Host"));
  return host && host->port != 0 ? fmt::format("agent-console-{}", host->port) : "agent-console";
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string_view cookie_value(const HttpHead& head, std::string_view name) {
  for (const auto& [field, value] : head.headers) {
    if (!agent::equals_ignoring_case(field, "Cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::string_view pair = trimmed(rest.substr(0, rest.find(';')));
      rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return pair.substr(name.size() + 1);
    }
  }
  return {};
}

bool is_secure_page(const HttpHead& head) { return head.header("Origin").starts_with("https://"); }

}  // namespace

std::string_view session_id(const HttpHead& head) {
  if (head.header("Cookie").empty()) return {};
  const std::string name = cookie_name(head);
  const std::string_view secure = cookie_value(head, std::string(kSecurePrefix) + name);
  return secure.empty() ? cookie_value(head, name) : secure;
}

std::string_view misuse_of_session(const HttpHead& head) {
  if (head.upgrade)
    return has_own_origin(head) ? "" : "a signed-in browser may open a WebSocket from our own page only";
  if (!head.header(kPageHeader).empty()) return {};
  if (head.method != "GET" && head.method != "HEAD")
    return "a signed-in browser changes something with the header X-Agent-Console only";
  const std::string_view site = head.header("Sec-Fetch-Site");
  const bool is_foreign = !site.empty() && site != "same-origin" && site != "none";
  if (is_foreign || (!head.header("Origin").empty() && !has_own_origin(head)))
    return "a signed-in browser may read this from our own page only";
  return {};
}

std::string session_cookie(const HttpHead& head, std::string_view id, bool tls) {
  const bool is_secure = tls || is_secure_page(head);
  const auto life = id.empty() ? std::chrono::seconds(0) : std::chrono::seconds(kSessionLife);
  return fmt::format("{}{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
                     is_secure ? kSecurePrefix : "", cookie_name(head), id, life.count(),
                     is_secure ? "; Secure" : "");
}

}  // namespace server
