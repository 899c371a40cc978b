#include "api/exec_order.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <utility>

#include "http/reply.hpp"

namespace server {
namespace {

bool is_auth(const std::string& text, const char* name) { return strcasecmp(text.c_str(), name) == 0; }

std::string command_line(const ExecOrder& order) {
  std::string line = order.cmd;
  for (const std::string& arg : order.args) line.append(" ").append(arg);
  return line;
}

}  // namespace

ExecOrder read_order(agent::json::Value body) {
  ExecOrder order;
  try {
    agent::json::read(body, order);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}", error.text()));
  }
  if (order.cmd.empty()) throw RequestError(400, "Missing [cmd]");
  order.auth = checked_auth(order.auth);
  return order;
}

std::string checked_auth(const std::string& text) {
  if (text.empty() || is_auth(text, "sudo") || is_auth(text, "su")) return text;
  throw RequestError(400, "bad param: auth: neither sudo nor su");
}

void note_unused_user(Request& request, const std::string& auth, const std::string& user,
                      const std::string& pass) {
  if (!auth.empty()) return;
  if (!user.empty()) request.ignored_keys.add("user");
  if (!pass.empty()) request.ignored_keys.add("pass");
}

CommandOrder command_order(ExecOrder order, std::string agent, Caller caller) {
  CommandOrder command;
  command.agent = std::move(agent);
  command.owner = std::move(caller.who);
  command.from = std::move(caller.from);
  command.command = command_line(order);
  command.asynchronous = !order.result;
  agent::wire::Exec& exec = command.exec;
  exec.cmd = std::move(order.cmd);
  exec.args = std::move(order.args);
  exec.timeout = order.timeout;
  exec.auth = std::move(order.auth);
  exec.user = std::move(order.user);
  exec.pass = std::move(order.pass);
  exec.workdir = std::move(order.workdir);
  exec.env = std::move(order.env);
  exec.argv = order.argv;
  exec.pipes = order.pipes;
  return command;
}

}  // namespace server
