// gateway_body: the message that a client of etcd's gateway sends.
#pragma once

#include "agent/json.hpp"
#include "agent/task.hpp"
#include "http/request.hpp"

namespace server::door {

// An object; nothing at all is one without members. Members that nobody knows are ignored without a word, as
// etcd does. Throws GatewayError, and RequestError for a body that is
// too large.
agent::Task<agent::json::Document> gateway_body(Request* request);

}  // namespace server::door
