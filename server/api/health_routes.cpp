// GET /healthz, /readyz: for load balancers and service managers; open without a token.
#include "api/api.hpp"

namespace server {
namespace {

agent::Task<Reply> ready(Api* api) {
  if (api->hub().is_stopping()) co_return text_reply(503, "stopping");
  auto look = [api] { return api->readiness().fault(Readiness::Clock::now()); };
  const std::optional<std::string> fault = co_await api->pool().run(look);
  co_return fault ? text_reply(503, *fault) : text_reply(200, "ok");
}

void add(Router& router, std::string_view pattern, std::string_view summary, Handler handler) {
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
  add(router, "/healthz", "ok as long as the server answers",
      ReplyHandler([](Request&) { return text_reply(200, "ok"); }));
  add(router, "/readyz", "ok, or 503 with the reason: it stops, or cannot write its data or its audit log",
      ReplyTask([&api](Request*) { return ready(&api); }));
}

}  // namespace server
