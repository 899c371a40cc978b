#include "store_door/gateway_body.hpp"

#include <string>
#include <utility>

#include "store_door/gateway_failure.hpp"

namespace server::door {

agent::Task<agent::json::Document> gateway_body(Request* request) {
  std::string text = co_await request->body();
  agent::json::Document document = agent::json::Document::parse(text.empty() ? "{}" : std::move(text));
  if (!document.root().is_object())
    throw GatewayError(GrpcCode::invalid,
                       "expected an object, found " + agent::json::describe(document.root()));
  co_return document;
}

}  // namespace server::door
