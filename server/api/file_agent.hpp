// What the routes of /api/file share.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "api/api.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"
#include "http/router.hpp"

namespace server {

// The agent of the path {id}. nullptr: there is none, which /api/file tells raw, by unknown_agent(). Throws
// wrong_type for an agent without files.
std::shared_ptr<Session> find_file_agent(Api& api, const Request& request);
Reply unknown_agent();

// Throws RequestError below 1; a day at most.
std::chrono::seconds checked_timeout(std::int64_t seconds);

// The handler of a route that `handle` answers, with a line in the audit log: `action`, a literal, and what
// `dir` asks for.
Handler audited_file_route(Api& api, std::string_view action, agent::Task<Reply> (*handle)(Api*, Request*));

}  // namespace server
