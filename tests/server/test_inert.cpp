#include <catch2/catch.hpp>
#include <string>

#include "http/inert.hpp"

using namespace server;

namespace {

std::string head_of(const Reply& reply) {
  agent::net::HeaderList headers;
  append_type(headers, reply);
  std::string text;
  for (const auto& [name, value] : headers) text.append(name).append(": ").append(value).append("\n");
  return text;
}

Reply typed(std::string_view type) {
  Reply reply;
  reply.content_type = type;
  return reply;
}

}  // namespace

TEST_CASE("What browsers run leaves as text", "[server]") {
  for (const char* type : {"text/html", "text/html; charset=utf-8", "TEXT/HTML", "text/xml",
                           "application/xml", "application/xhtml+xml", "image/svg+xml", "image/SVG+XML;x=y",
                           "application/rss+xml", "text/javascript", "application/javascript",
                           "application/ecmascript", "text/css", "text/vtt", "text/x-anything"}) {
    CAPTURE(type);
    CHECK(inert_type(type) == "text/plain; charset=utf-8");
  }
  for (const char* type : {"multipart/x-mixed-replace", "application/x-shockwave-flash", "nonsense"}) {
    CAPTURE(type);
    CHECK(inert_type(type) == "application/octet-stream");
  }
}

TEST_CASE("What browsers only show keeps its type", "[server]") {
  for (const char* type : {"text/plain; charset=utf-16le", "text/plain; version=0.0.4; charset=utf-8",
                           "text/event-stream", "application/json; charset=utf-8", "application/octet-stream",
                           "application/zip", "application/x-gzip", "application/pdf",
                           "application/postscript", "image/png", "audio/mpeg", "video/webm", "font/woff2"}) {
    CAPTURE(type);
    CHECK(inert_type(type) == type);
  }
}

TEST_CASE("Raw replies are alone in a sandbox, JSON is not sniffed, pages are not framed", "[server]") {
  CHECK(head_of(typed("text/html; charset=utf-8")) ==
        "Content-Type: text/plain; charset=utf-8\n"
        "X-Content-Type-Options: nosniff\n"
        "Content-Security-Policy: sandbox; default-src 'none'\n");
  CHECK(head_of(json_reply(200, "{}")) ==
        "Content-Type: application/json; charset=utf-8\n"
        "X-Content-Type-Options: nosniff\n");
  Reply page = typed("text/html; charset=utf-8");
  page.is_page = true;
  CHECK(
      head_of(page) ==
      "Content-Type: text/html; charset=utf-8\n"
      "X-Content-Type-Options: nosniff\n"
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\n"
      "X-Frame-Options: DENY\n");
  CHECK(head_of(typed("")) ==
        "X-Content-Type-Options: nosniff\nContent-Security-Policy: sandbox; default-src 'none'\n");
}
