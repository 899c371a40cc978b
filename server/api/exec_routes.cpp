// /api/exec/{id}: commands on an agent's machine (reference HTTP API, A.2 exec).
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "api/exec_order.hpp"
#include "api/exec_output.hpp"
#include "api/exec_text.hpp"
#include "api/order_keys.hpp"
#include "commands/command_run.hpp"
#include "http/body_writer.hpp"
#include "http/json_body.hpp"
#include "http/schema.hpp"
#include "http/sniff.hpp"

namespace server {
namespace {

using agent::Task;
using agent::net::Clock;

// Command lines of the system have at most 2 MiB, and so much more as JSON needs.
constexpr std::size_t kRunBodyLimit = 16 * 1024 * 1024;

struct RunReply {
  std::string id;
  std::int64_t begin = 0;
  std::int64_t pid = 0;
  std::optional<CommandResult> result;

  void tell(const CommandRecord& record) {
    id = record.id;
    begin = record.begin;
    pid = record.pid;
  }

  static void fields(auto& field) {
    field("id", &RunReply::id, "task id");
    field("begin", &RunReply::begin, "Unix seconds of its start");
    field("pid", &RunReply::pid, "process id on the agent's machine");
    field("result", &RunReply::result, "with result = true", agent::omit_empty);
  }
};

struct StatusReply : CommandAccount {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool done = false;
  std::int64_t code = 0;
  std::string task_id;
  std::string state;
  std::string reason;

  static void fields(auto& field) {
    field("begin", &StatusReply::begin, "Unix seconds of its start");
    field("end", &StatusReply::end, "Unix seconds of its end", agent::omit_empty);
    field("done", &StatusReply::done, "it has ended");
    field("code", &StatusReply::code, "exit code, 0 while it runs");
    field("task_id", &StatusReply::task_id, "task id");
    field("state", &StatusReply::state, "running, away, done, failed or lost");
    field("reason", &StatusReply::reason, "why there is no exit code", agent::omit_empty);
    CommandAccount::fields(field);
  }
};

struct ProcessView {
  std::string task_id;
  std::int64_t pid = 0;
  std::int64_t begin = 0;

  static void fields(auto& field) {
    field("task_id", &ProcessView::task_id, "task id");
    field("pid", &ProcessView::pid, "process id");
    field("begin", &ProcessView::begin, "Unix seconds of its start");
  }
};

GivenCommand give_new(Api& api, Request& request, ExecOrder&& order) {
  CommandOrder command{.session = api.hub().find_agent(request.arguments.text("id"), kExecAgent),
                       .caller = caller_of(request),
                       .exec = static_cast<agent::wire::Exec&&>(order),
                       .asynchronous = !order.result};
  std::shared_ptr<Parting> parting = order.result ? parting_of(request) : nullptr;
  return give_command(api.commands(), std::move(command), std::move(parting));
}

// The command that was ordered under this key before and is still known; null: none was.
std::shared_ptr<Command> ordered_before(const Api& api, const OrderKeys::Order& order) {
  const std::optional<std::string> task = api.order_keys().find(order);
  if (!task) return nullptr;
  try {
    return api.commands().find(order.agent, *task);
  } catch (const agent::Error&) {  // its result is no longer kept
    return nullptr;
  }
}

// Nothing else of the agent's shard runs in between: of two orders with one key the second finds the first.
GivenCommand give_once(Api& api, Request& request, ExecOrder&& order) {
  const OrderKeys::Order keyed{
      .who = request.token_name, .agent = request.arguments.text("id"), .key = order.key};
  if (auto before = ordered_before(api, keyed))
    return {.delivery = Delivery(std::move(before)), .parting = nullptr};
  GivenCommand given = give_new(api, request, std::move(order));
  api.order_keys().add(keyed, given.delivery.command()->id());
  return given;
}

GivenCommand give(Api& api, Request& request, agent::json::Value body) {
  ExecOrder order = read_order(body);
  note_unused_user(request, order);
  return order.key.empty() ? give_new(api, request, std::move(order))
                           : give_once(api, request, std::move(order));
}

Task<GivenCommand> read_run(Api* api, Request* request) {
  const agent::json::Document body = co_await json_body(request);
  co_return give(*api, *request, body.root());
}

Task<Reply> run_as_json(Api* api, Request* request, GivenCommand given, Clock::time_point begin) {
  const std::shared_ptr<Command> command = given.delivery.command();
  const Clock::time_point deadline = Clock::now() + kStartWait;
  while (is_starting(*command)) co_await command->change(deadline);
  given.delivery.drop();
  check_start(api->commands(), command);
  RunReply reply;
  if (given.parting) {
    Delivery delivery(command);
    if (is_result_at_hand(*command)) {
      reply.result = take_result(*command, given.parting.get());
    } else {
      reply.result = co_await finish_command(command, std::move(given.parting));
    }
    if (!request->client_has_parted()) delivery.deliver(*reply.result);
  }
  reply.tell(command->record());
  co_return envelope(payload(reply), elapsed_since(begin));
}

Task<Reply> read_and_run(Api* api, Request* request, Clock::time_point begin) {
  GivenCommand given = co_await read_run(api, request);
  Reply reply = co_await run_as_json(api, request, std::move(given), begin);
  co_return reply;
}

// No coroutine of its own: nearly every body is at hand.
Task<Reply> run(Api& api, Request& request) {
  const Clock::time_point begin = Clock::now();
  if (wants_text(request)) return run_as_text(&api.commands(), read_run(&api, &request));
  const std::optional<agent::json::Document> body = json_body_at_hand(request);
  if (!body) return read_and_run(&api, &request, begin);
  return run_as_json(&api, &request, give(api, request, body->root()), begin);
}

// Its agent need not be connected: the command is here.
Payload status(Api& api, Request& request) {
  const std::string& id = request.arguments.text("id");
  api.commands().check_known(id);
  const CommandRecord record = api.commands().find_pid(id, request.arguments.integer("pid"))->view();
  StatusReply reply;
  reply.copy_account(record);
  reply.begin = record.begin;
  reply.end = record.is_over() ? record.end : 0;
  reply.done = record.is_over();
  reply.code = record.code;
  reply.task_id = record.id;
  reply.state = record.state;
  reply.reason = record.reason;
  return payload(reply);
}

// Mixed as in the original: a pid that is no number is told in the envelope, what is not there raw.
std::shared_ptr<Command> find_or_null(Api& api, Request& request, Reply& failure) {
  try {
    return find_pty(api, request.arguments.text("id"), request.arguments.integer("pid"));
  } catch (const agent::Error& error) {
    failure = raw_failure(error);
    return nullptr;
  }
}

Task<Reply> pty(Api* api, Request* request) {
  Reply failure;
  std::shared_ptr<Command> command = find_or_null(*api, *request, failure);
  if (!command) co_return failure;
  const OutputRange range = claim_new_output(*command);
  std::shared_ptr<Command> read = command;
  Reply reply = range_reply(std::move(command), range);
  if (reply.stream) {
    const std::string sample = co_await read_output(std::move(read), range.begin, kSniffBytes);
    reply.content_type = sniff_content_type(sample);
  } else {
    reply.content_type = sniff_content_type(reply.body);
  }
  co_return reply;
}

Task<Payload> kill(Api* api, Request* request) {
  std::shared_ptr<Session> session = api->hub().find_agent(request->arguments.text("id"), kExecAgent);
  Caller caller = caller_of(*request);
  const std::int64_t pid = request->arguments.integer("pid");
  co_await kill_command(&api->commands(), std::move(session), std::move(caller), pid);
  co_return Payload{};
}

// null when none is running, as in the original; an empty list when there never was one.
Payload processes(Api& api, Request& request) {
  const auto records = api.commands().records(request.arguments.text("id"));
  if (!records) return Payload{"[]"};
  std::vector<ProcessView> running;
  for (const CommandRecord& record : *records) {
    if (record.asynchronous && !record.is_over() && record.pid != 0)
      running.push_back({.task_id = record.id, .pid = record.pid, .begin = record.begin});
  }
  return payload(running);
}

Parameter agent_parameter() { return {.name = "id", .in = In::path, .summary = "agent id"}; }

Parameter pid_parameter() {
  return {.name = "pid", .in = In::path, .type = Type::integer, .summary = "process id"};
}

Route route_of(std::string_view method, std::string_view pattern, std::string_view summary,
               std::vector<Parameter> parameters, Handler handler) {
  Route route;
  route.method = method;
  route.pattern = pattern;
  route.summary = summary;
  route.parameters = std::move(parameters);
  route.at_agent = "id";
  route.handler = std::move(handler);
  return route;
}

}  // namespace

void add_exec_routes(Router& router, Api& api) {
  Route run_route =
      route_of("POST", "/api/exec/{id}/run",
               "Run a command; with Accept: text/plain the answer is its output as it comes, "
               "with X-Exit-Code as a trailer",
               {agent_parameter()}, ReplyTask([&api](Request* request) { return run(api, *request); }));
  run_route.schema = schema_of<RunReply>();
  run_route.stream_types = {"text/plain"};
  run_route.enveloped_failures = true;
  run_route.body_schema = schema_of<ExecOrder>();
  run_route.body_limit = kRunBodyLimit;
  run_route.limited = true;
  router.add(std::move(run_route));

  Route status_route = route_of("GET", "/api/exec/{id}/status/{pid}", "How a command fares",
                                {agent_parameter(), pid_parameter()},
                                PayloadHandler([&api](Request& request) { return status(api, request); }));
  status_route.schema = schema_of<StatusReply>();
  router.add(std::move(status_route));

  Route pty_route =
      route_of("GET", "/api/exec/{id}/pty/{pid}", "Its output, as far as this was not called before",
               {agent_parameter(), pid_parameter()},
               ReplyTask([&api](Request* request) { return pty(&api, request); }));
  pty_route.content_type = "text/plain";
  pty_route.enveloped_failures = true;
  router.add(std::move(pty_route));

  router.add(route_of("DELETE", "/api/exec/{id}/kill/{pid}", "End a command and everything that it started",
                      {agent_parameter(), pid_parameter()},
                      PayloadTask([&api](Request* request) { return kill(&api, request); })));

  Route ps_route = route_of("GET", "/api/exec/{id}/ps", "The commands that run", {agent_parameter()},
                            PayloadHandler([&api](Request& request) { return processes(api, request); }));
  ps_route.schema = schema_of<std::vector<ProcessView>>();
  router.add(std::move(ps_route));

  add_exec_output_routes(router, api);
}

}  // namespace server
