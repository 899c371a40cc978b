#include "api/exec_order.hpp"

#include <fmt/format.h>

#include "agent/base64.hpp"
#include "api/order_keys.hpp"
#include "commands/command_term.hpp"
#include "http/reply.hpp"

namespace server {

namespace {

void take_input(ExecOrder& order) {
  if (order.typed.text.size() > kFirstInputLimit)
    throw RequestError(400, fmt::format("bad param: stdin: at most {} bytes; give more with \"stdin\": true",
                                        kFirstInputLimit));
  order.first_input = agent::encode_base64(order.typed.text);
  order.input = order.typed.follows || order.terminal;
  order.pipes = !order.terminal && (order.pipes || order.typed.is_given);
  if (order.input) order.result = false;
}

}  // namespace

void read_json(agent::json::Value value, InputOrder& out) {
  out.is_given = true;
  if (value.is_bool())
    out.follows = value.as_bool();
  else
    out.text = value.as_string();
}

ExecOrder read_order(agent::json::Value body) {
  ExecOrder order;
  try {
    agent::json::read(body, order);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}", error.text()));
  }
  order.limits = agent::wire::to_wire(order);
  take_input(order);
  check_exec(order);
  check_order_key(order.key);
  if (!order.key.empty() && order.result)
    throw RequestError(400, "bad param: key: only with \"result\": false");
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
