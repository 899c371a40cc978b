// GET /healthz, /readyz: for load balancers and service managers; open without a token.
#include "api/api.hpp"

namespace server {
namespace {

Reply ready(const Hub& hub) {
  return hub.is_stopping() ? text_reply(503, "stopping") : text_reply(200, "ok");
}

void add(Router& router, std::string_view pattern, std::string_view summary, ReplyHandler handler) {
  Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.summary = summary;
  route.content_type = "text/plain";
  route.authenticate = false;
  route.handler = std::move(handler);
  router.add(std::move(route));
}

}  // namespace

void add_health_routes(Router& router, Api& api) {
  add(router, "/healthz", "ok as long as the server answers", [](Request&) { return text_reply(200, "ok"); });
  add(router, "/readyz", "ok, or 503 while the server stops", [&api](Request&) { return ready(api.hub()); });
}

}  // namespace server
