// What went wrong, as etcd's gateway says it: a gRPC code, and the HTTP status that belongs to it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/error.hpp"
#include "agent/task.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"
#include "http/router.hpp"

namespace server::door {

// The codes that we answer (grpc/status.h of gRPC).
enum class GrpcCode {
  invalid = 3,
  not_found = 5,
  exhausted = 8,
  failed_precondition = 9,
  out_of_range = 11,
  unimplemented = 12,
  unavailable = 14,
};
int http_status(GrpcCode code);

// Thrown by the gateway's routes, with etcd's own text where etcd has one.
class GatewayError : public agent::Error {
 public:
  GatewayError(GrpcCode code, const std::string& message)
      : agent::Error(agent::Errc::bad_message, message), grpc_(code) {}
  GrpcCode grpc() const { return grpc_; }

 private:
  GrpcCode grpc_;
};

// That of a StoreError, a RequestError, or of what is wrong with a message. Nothing: it is none of them, as
// when the client has left.
std::optional<GatewayError> gateway_error(const agent::Error& error);

// {"error":"...","message":"...","code":3}
Reply gateway_failure(const GatewayError& error);
// The last line of a stream: {"error":{"grpc_code":14,"http_code":503,"message":"...","http_status":"..."}}
std::string stream_failure(const GatewayError& error);

// A route of the gateway: POST, JSON in and out; its failures are answered in the form of a call, or in that
// of a stream.
enum class GatewayForm { call, stream };
Route gateway_route(std::string_view pattern, std::string_view summary, std::string body_schema,
                    std::function<agent::Task<Reply>(Request*)> handler,
                    GatewayForm form = GatewayForm::call);

}  // namespace server::door
