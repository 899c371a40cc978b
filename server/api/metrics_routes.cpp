// GET /metrics: all series as Prometheus text (reference HTTP API, A.5, and proper names beside them).
#include <string>
#include <utility>

#include "api/api.hpp"
#include "http/exposition_reply.hpp"
#include "http/text_route.hpp"

namespace server {
namespace {

// The text of ten thousand agents takes longer than a loop may stand still.
agent::Task<Reply> expose(Api* api) {
  auto make_text = [metrics = &api->metrics()] { return metrics->expose(); };
  std::string text = co_await api->pool().run(make_text);
  co_return exposition_reply(std::move(text));
}

}  // namespace

void add_metrics_routes(Router& router, Api& api) {
  router.add(text_route("/metrics", "Metrics in Prometheus' text format 0.0.4",
                        ReplyTask([&api](Request*) { return expose(&api); })));
}

}  // namespace server
