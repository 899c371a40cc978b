// json_body: the body of a request that is JSON. All JSON bodies are read here.
#pragma once

#include <optional>

#include "agent/json.hpp"
#include "agent/task.hpp"
#include "http/request.hpp"

namespace server {

// The whole body. Keys that its route does not know go into request->ignored_keys. Throws RequestError: 400
// "bad param: EOF" (the original's words) without a body and "bad param: ..." for what is no JSON, 413.
agent::Task<agent::json::Document> json_body(Request* request);
// The same without waiting, if all of the body has come with the head.
std::optional<agent::json::Document> json_body_at_hand(Request& request);

}  // namespace server
