// GET /metrics: all series as Prometheus text (reference HTTP API, A.5, and proper names beside them).
#include "api/api.hpp"

namespace server {
namespace {

// The text of ten thousand agents takes longer than a loop may stand still.
agent::Task<Reply> expose(Api* api) {
  auto make_text = [metrics = &api->metrics()] { return metrics->expose(); };
  Reply reply = text_reply(200, "");
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = co_await api->pool().run(make_text);
  co_return reply;
}

}  // namespace

void add_metrics_routes(Router& router, Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/metrics";
  route.summary = "Metrics in Prometheus' text format 0.0.4";
  route.content_type = "text/plain";
  route.handler = ReplyTask([&api](Request*) { return expose(&api); });
  router.add(std::move(route));
}

}  // namespace server
