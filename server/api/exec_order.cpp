#include "api/exec_order.hpp"

#include <fmt/format.h>

#include "http/reply.hpp"

namespace server {

ExecOrder read_order(agent::json::Value body) {
  ExecOrder order;
  try {
    agent::json::read(body, order);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}", error.text()));
  }
  order.limits = agent::wire::to_wire(order);
  check_exec(order);
  return order;
}

void note_unused_user(Request& request, const agent::wire::Exec& exec) {
  if (!exec.auth.empty()) return;
  if (!exec.user.empty()) request.ignored_keys.add("user");
  if (!exec.pass.empty()) request.ignored_keys.add("pass");
}

Caller caller_of(const Request& request) { return {request.token_name, request.remote_address}; }

std::shared_ptr<Parting> parting_of(Request& request) {
  auto parting = std::make_shared<Parting>();
  request.when_parted([parting] { parting->happen(); });
  return parting;
}

}  // namespace server
