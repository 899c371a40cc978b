// GET /api/foo/{id}: one question to an example-agent and back (reference HTTP API, A.2).
#include "agent/wire/control.hpp"
#include "api/api.hpp"
#include "hub/ask.hpp"

namespace server {
namespace {

agent::Task<Payload> ask_foo(Api* api, Request* request) {
  agent::wire::Foo foo;
  std::string id = request->arguments.text("id");
  std::string type = "example-agent";
  co_await ask<agent::wire::Bar>(api->hub(), std::move(id), std::move(type), foo, kReplyTimeout);
  co_return Payload{};
}

}  // namespace

void add_foo_routes(Router& router, Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/foo/{id}";
  route.summary = "Ask an example-agent foo and wait for its bar";
  route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  route.at_agent = "id";
  route.handler = PayloadTask([&api](Request* request) { return ask_foo(&api, request); });
  router.add(std::move(route));
}

}  // namespace server
