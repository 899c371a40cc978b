#include "http/inert.hpp"

#include <algorithm>
#include <array>

#include "base/ascii_case.hpp"

namespace server {
namespace {

using agent::equals_ignoring_case;

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kBytes = "application/octet-stream";
constexpr std::string_view kJson = "application/json";

constexpr std::string_view kSandbox = "sandbox; default-src 'none'";
constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Types of text/* and application/* that no browser runs; the others there may be markup or scripts.
constexpr std::array<std::string_view, 17> kHarmless{"text/plain",
                                                     "text/csv",
                                                     "text/event-stream",
                                                     kJson,
                                                     kBytes,
                                                     "application/gzip",
                                                     "application/ogg",
                                                     "application/pdf",
                                                     "application/postscript",
                                                     "application/vnd.ms-fontobject",
                                                     "application/wasm",
                                                     "application/x-asciicast",
                                                     "application/x-gzip",
                                                     "application/x-ndjson",
                                                     "application/x-rar-compressed",
                                                     "application/yaml",
                                                     "application/zip"};
constexpr std::array<std::string_view, 4> kHarmlessKinds{"image/", "audio/", "video/", "font/"};

bool contains_ignoring_case(std::string_view text, std::string_view word) {
  for (std::size_t i = 0; i + word.size() <= text.size(); ++i) {
    if (equals_ignoring_case(text.substr(i, word.size()), word)) return true;
  }
  return false;
}

std::string_view essence(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return content_type;
}

bool has_own_policy(const Reply& reply) {
  return std::any_of(reply.headers.begin(), reply.headers.end(),
                     [](const auto& header) { return header.first == "Content-Security-Policy"; });
}

bool is_harmless(std::string_view type) {
  const auto is = [type](std::string_view other) { return equals_ignoring_case(type, other); };
  const auto begins = [type](std::string_view kind) {
    return equals_ignoring_case(type.substr(0, kind.size()), kind);
  };
  if (std::any_of(kHarmless.begin(), kHarmless.end(), is)) return true;
  return std::any_of(kHarmlessKinds.begin(), kHarmlessKinds.end(), begins);
}

}  // namespace

std::string_view inert_type(std::string_view content_type) {
  const std::string_view type = essence(content_type);
  if (type == kJson) return content_type;  // nearly always
  // image/svg+xml is a document with scripts.
  const bool is_markup = contains_ignoring_case(type, "xml") || contains_ignoring_case(type, "html");
  if (!is_markup && is_harmless(type)) return content_type;
  return is_markup || contains_ignoring_case(type, "script") || type.starts_with("text/") ? kText : kBytes;
}

void append_type(agent::net::HeaderList& headers, const Reply& reply) {
  const std::string_view type = reply.is_page ? reply.content_type : inert_type(reply.content_type);
  if (!reply.content_type.empty()) headers.emplace_back("Content-Type", type);
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (reply.is_page) {
    if (!has_own_policy(reply)) headers.emplace_back("Content-Security-Policy", kPagePolicy);
    headers.emplace_back("X-Frame-Options", "DENY");
  } else if (essence(type) != kJson) {
    headers.emplace_back("Content-Security-Policy", kSandbox);
  }
}

}  // namespace server
