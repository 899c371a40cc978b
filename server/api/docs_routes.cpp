// GET /docs: the routes as a page and as an OpenAPI document. Open without a token: they say nothing that the
// source does not.
#include "api/api.hpp"
#include "http/openapi.hpp"
#include "http/pages.hpp"

namespace server {
namespace {

constexpr std::string_view kTitle = "agent-server";

void add(Router& router, std::string_view pattern, std::string_view summary, std::string_view type,
         ReplyHandler handler) {
  Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.summary = summary;
  route.content_type = type;
  route.is_page = type == "text/html";
  route.authenticate = false;
  route.handler = std::move(handler);
  router.add(std::move(route));
}

}  // namespace

void add_docs_routes(Router& router, Api& api) {
  auto list = [&router, &api](Request&) {
    return page_reply(routes_page(router, kTitle, api.options().version));
  };
  auto document = [&router, &api](Request&) {
    return json_reply(200, openapi_document(router, kTitle, api.options().version));
  };
  add(router, "/docs", "This list of routes", "text/html", list);
  add(router, "/docs/index.html", "The same, at the original's place", "text/html", list);
  add(router, "/docs/openapi.json", "The routes as an OpenAPI 3.1 document", "application/json", document);
  add(router, "/docs/doc.json", "The same, at the original's place", "application/json", document);
}

}  // namespace server
