// EtcdError: what an etcd said instead of a result.
//
// Its gateway has three forms: {"error":"text","code":5} of a call, {"error":{"grpc_code":14,...}} of a
// stream, and since 3.6 {"code":5,"message":"text"}, in a stream within "error". All may come with status
// 200. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/json_value.hpp"
#include "store/store_error.hpp"

namespace server::store {

// The codes of gRPC that matter.
enum class EtcdCode {
  none = 0,
  unknown = 2,
  invalid = 3,
  deadline = 4,
  not_found = 5,
  denied = 7,
  exhausted = 8,
  precondition = 9,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  unauthenticated = 16,
};

class EtcdError : public StoreError {
 public:
  EtcdError(EtcdCode grpc_code, const std::string& message);

  EtcdCode code;
  // Refused before it was begun: another member may be asked, also to write.
  bool is_undone;
  // The token is not, or no longer, good.
  bool is_about_token;
};

// The error in an answer; nothing when there is none.
std::optional<EtcdError> error_in(agent::json::Value answer);
// The error of an answer whose HTTP status is no success, whatever its body is.
EtcdError error_of(int http_status, std::string_view body);

}  // namespace server::store
