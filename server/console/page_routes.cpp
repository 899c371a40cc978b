// GET / and /console/{digest}/{file}: the web page. Open to everybody: the files say nothing of this server
// but its build.
#include <algorithm>
#include <string>

#include "agent/error.hpp"
#include "base/digest.hpp"
#include "console/page_file.hpp"
#include "console/web_console.hpp"
#include "http/conditions.hpp"

namespace server {
namespace {

constexpr std::string_view kIndex = "index.html";

// Nothing from elsewhere, no inline code and no inline styles; and no text ever becomes markup: scripts that
// try are stopped by the browser (Trusted Types).
constexpr std::string_view kPolicy =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";
// For as long as browsers keep anything: the address has the digest.
constexpr std::string_view kForever = "public, max-age=31536000, immutable";

const PageFile* find_file(std::string_view name) {
  const auto files = page_files();
  const auto found =
      std::find_if(files.begin(), files.end(), [name](const PageFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

// gzip is named, and not with the weight 0 (RFC 9110, 12.5.3). What is unusual gets the plain file.
bool takes_gzip(const agent::net::HttpHead& head) {
  const std::string_view accepted = head.header("Accept-Encoding");
  const std::size_t at = accepted.find("gzip");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = accepted.substr(at + 4);
  return rest.empty() || rest.front() == ',';
}

Reply file_reply(const Request& request, const PageFile& file, std::string_view caching) {
  const bool packed = takes_gzip(request.head);
  const std::string etag = "\"" + std::string(page_digest()) + (packed ? "-gzip\"" : "\"");
  Reply reply = text_reply(200, "");
  reply.content_type = file.type;
  reply.headers.emplace_back("Cache-Control", caching);
  reply.headers.emplace_back("ETag", etag);
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  reply.headers.emplace_back("Content-Security-Policy", kPolicy);
  reply.headers.emplace_back("Referrer-Policy", "no-referrer");
  reply.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  reply.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  if (evaluate_conditions(request.head, {.etag = etag, .modified = {}}) == Condition::not_modified) {
    reply.status = reply.code = 304;
    return reply;
  }
  if (packed) reply.headers.emplace_back("Content-Encoding", "gzip");
  reply.body = packed ? file.packed : file.plain;
  return reply;
}

Reply show_index(Request& request) { return file_reply(request, *find_file(kIndex), "no-cache"); }

// A page of another build finds nothing here and is to be loaded again.
Reply show_file(Request& request) {
  const PageFile* file = find_file(request.arguments.text("file"));
  if (file == nullptr || file->name == kIndex || request.arguments.text("digest") != page_digest())
    return text_reply(404, "404 page not found");
  return file_reply(request, *file, kForever);
}

Route page_route(std::string_view pattern, std::string_view summary, ReplyHandler handler) {
  Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.summary = summary;
  route.content_type = "text/html";
  route.authenticate = false;
  route.is_page = true;
  route.handler = std::move(handler);
  return route;
}

}  // namespace

void add_page_routes(Router& router) {
  router.add(page_route("/", "The web page", show_index));
  Route file = page_route("/console/{digest}/{file}", "A file of the web page", show_file);
  file.parameters = {{.name = "digest", .in = In::path, .summary = "of all files of the page"},
                     {.name = "file", .in = In::path, .summary = "its name"}};
  file.content_type = "application/octet-stream";
  router.add(std::move(file));
}

}  // namespace server
