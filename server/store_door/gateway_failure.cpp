#include "store_door/gateway_failure.hpp"

#include <optional>
#include <utility>

#include "agent/json.hpp"
#include "net/http.hpp"
#include "store/store_error.hpp"
#include "store_door/store_door.hpp"

namespace server::door {
namespace {

using store::Fault;
using store::Refusal;
using store::StoreError;

GatewayError refused(const StoreError& error) {
  switch (error.refusal()) {
    case Refusal::same_key: return {GrpcCode::invalid, "etcdserver: duplicate key given in txn request"};
    case Refusal::no_lease: return {GrpcCode::not_found, "etcdserver: requested lease not found"};
    case Refusal::lease_exists: return {GrpcCode::failed_precondition, "etcdserver: lease already exists"};
    case Refusal::full: return {GrpcCode::exhausted, "etcdserver: " + std::string(error.text())};
    case Refusal::order: break;
  }
  return {GrpcCode::invalid, "etcdserver: " + std::string(error.text())};
}

GatewayError of_store(const StoreError& error) {
  switch (error.fault()) {
    case Fault::compacted:
      return {GrpcCode::out_of_range, "etcdserver: mvcc: required revision has been compacted"};
    case Fault::refused: return refused(error);
    case Fault::compare_failed:
    case Fault::unavailable: break;
  }
  return {GrpcCode::unavailable, "etcdserver: " + std::string(error.text())};
}

Reply failure_in(GatewayForm form, const GatewayError& error) {
  if (form == GatewayForm::call) return gateway_failure(error);
  return json_reply(http_status(error.grpc()), stream_failure(error));
}

agent::Task<Reply> answered(agent::Task<Reply> work, GatewayForm form) {
  std::optional<Reply> reply;
  try {
    reply = co_await std::move(work);
  } catch (const agent::Error& error) {
    const std::optional<GatewayError> told = gateway_error(error);
    if (!told) throw;
    reply = failure_in(form, *told);
  }
  co_return std::move(*reply);
}

}  // namespace

int http_status(GrpcCode code) {
  switch (code) {
    case GrpcCode::invalid:
    case GrpcCode::out_of_range: return 400;
    case GrpcCode::not_found: return 404;
    case GrpcCode::failed_precondition: return 412;
    case GrpcCode::exhausted: return 429;
    case GrpcCode::unimplemented: return 501;
    case GrpcCode::unavailable: break;
  }
  return 503;
}

std::optional<GatewayError> gateway_error(const agent::Error& error) {
  if (const auto* gateway = dynamic_cast<const GatewayError*>(&error)) return *gateway;
  if (const auto* stored = dynamic_cast<const StoreError*>(&error)) return of_store(*stored);
  if (const auto* request = dynamic_cast<const RequestError*>(&error)) {
    if (request->status == 413) return GatewayError(GrpcCode::invalid, "etcdserver: request is too large");
    if (request->status == 400) return GatewayError(GrpcCode::invalid, std::string(request->text()));
  } else if (error.code() == agent::Errc::bad_message) {
    return GatewayError(GrpcCode::invalid, std::string(error.text()));
  }
  return std::nullopt;
}

Reply gateway_failure(const GatewayError& error) {
  agent::json::Writer out;
  out.begin_object().key("error").string(error.text()).key("message").string(error.text());
  out.key("code").integer(static_cast<int>(error.grpc())).end_object();
  return json_reply(http_status(error.grpc()), out.take());
}

std::string stream_failure(const GatewayError& error) {
  const int status = http_status(error.grpc());
  agent::json::Writer out;
  out.begin_object().key("error").begin_object();
  out.key("grpc_code").integer(static_cast<int>(error.grpc())).key("http_code").integer(status);
  out.key("message").string(error.text()).key("http_status").string(agent::net::reason_phrase(status));
  out.end_object().end_object();
  return out.take() + "\n";
}

Route gateway_route(std::string_view pattern, std::string_view summary, std::string body_schema,
                    std::function<agent::Task<Reply>(Request*)> handler, GatewayForm form) {
  Route route;
  route.method = "POST";
  route.pattern = pattern;
  route.summary = summary;
  route.body_schema = std::move(body_schema);
  route.body_limit = kStoreBodyLimit;
  route.content_type = "application/json";
  route.handler = ReplyTask(
      [handler = std::move(handler), form](Request* request) { return answered(handler(request), form); });
  return route;
}

}  // namespace server::door
