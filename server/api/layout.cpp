// /api/layout: a script on many agents, group by group (reference HTTP API, A.2 layout).
#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <charconv>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "api/api.hpp"
#include "api/script_run.hpp"
#include "commands/layout.hpp"
#include "http/schema.hpp"

namespace server {
namespace {

using agent::Error;
using agent::Task;

std::int64_t group_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw RequestError(400, "bad param: group: not an integer: " + text);
  return number;
}

std::vector<Layout::Node> nodes_of(const Form& form) {
  const std::vector<std::string> ids = form.list("ids");
  const std::vector<std::string> groups = form.list("group");
  if (ids.empty()) throw RequestError(400, "Missing [ids]");
  if (groups.empty()) throw RequestError(400, "Missing [group]");
  if (ids.size() != groups.size()) throw RequestError(400, "bad param: invalid ids count and group count");
  std::vector<Layout::Node> nodes;
  for (std::size_t i = 0; i < ids.size(); ++i) nodes.push_back({ids[i], group_number(groups[i])});
  return nodes;
}

// Before anything runs anywhere.
void check_agents(Hub& hub, const std::vector<Layout::Node>& nodes) {
  for (const Layout::Node& node : nodes) {
    try {
      hub.find_agent(node.agent, kExecAgent);
    } catch (const Error& error) {
      if (error.code() != agent::Errc::not_found) throw;
      throw Error(error.code(), fmt::format("{}: {}", error.text(), node.agent));
    }
  }
}

bool stops_on_error(const Form& form) {
  const std::string& word = form.text("onerror");
  if (!word.empty() && word != "exit" && word != "continue")
    throw RequestError(400, "bad param: onerror: exit or continue");
  return word != "continue";
}

LayoutOutcome outcome_of(const std::string& reason, std::int64_t code) {
  const bool is_plain_failure = reason.empty() && code != 0;
  return {.err = is_plain_failure ? fmt::format("exit code {}", code) : reason, .code = code};
}

Task<LayoutOutcome> run_node(Api* api, agent::net::Loop* loop, std::shared_ptr<const ScriptOrder> order,
                             Caller caller, std::string agent, Layout::Started started) {
  LayoutOutcome outcome;
  try {
    ScriptRun run = co_await run_script(api, loop, std::move(agent), std::move(order), std::move(caller),
                                        std::move(started));
    outcome = outcome_of(run.result.running ? "timeout" : run.result.reason, run.result.code);
    outcome.goes_on = run.goes_on || (run.command_id.empty() && api->hub().is_stopping());
  } catch (const Error&) {
    outcome.goes_on = api->hub().is_stopping();
    if (!outcome.goes_on) throw;
  }
  co_return outcome;
}

// Of a node that an earlier server began.
LayoutOutcome look_at(const CommandTable& commands, const LayoutNode& node) {
  try {
    const CommandRecord record = commands.find(node.id, node.task_id)->snapshot();
    if (!record.is_over()) return {.goes_on = true};
    LayoutOutcome outcome = outcome_of(record.reason, record.code);
    outcome.ended = record.end;
    return outcome;
  } catch (const Error&) {
    return {.err = "its result is gone", .code = kCodeLost};
  }
}

Task<Payload> start(Api* api, Request* request) {
  Form form(request);
  std::optional<std::string> content = co_await read_script(&form);
  std::vector<Layout::Node> nodes = nodes_of(form);
  auto order = std::make_shared<const ScriptOrder>(script_order(form, std::move(content)));
  note_unused_user(*request, order->auth, order->user, {});
  check_agents(api->hub(), nodes);
  const Caller caller{request->token_name, request->remote_address};
  agent::net::Loop* loop = request->loop;
  auto run = [api, loop, order, caller](std::string agent, Layout::Started started) {
    return run_node(api, loop, order, caller, std::move(agent), std::move(started));
  };
  auto layout = std::make_shared<Layout>(std::move(nodes), stops_on_error(form), run);
  const std::string id = api->layouts().add(layout);
  asio::co_spawn(loop->io(), Layout::run(layout, loop), asio::detached);
  co_return payload(id);
}

Payload status(Api& api, Request& request) {
  const std::shared_ptr<Layout> layout = api.layouts().find(request.arguments.text("id"), std::time(nullptr));
  layout->settle([&api](const LayoutNode& node) { return look_at(api.commands(), node); });
  return payload(layout->status());
}

// What a script's form has, and where it runs.
std::string layout_form_schema() {
  std::string schema = script_form_schema();
  const std::string_view properties = R"("properties":{)";
  schema.insert(schema.find(properties) + properties.size(),
                R"("ids":{"type":"array","items":{"type":"string"},"description":"agent ids"},)"
                R"("group":{"type":"array","items":{"type":"integer"},"description":"group of each id"},)"
                R"("onerror":{"type":"string","enum":["exit","continue"],"default":"exit"},)");
  return schema;
}

}  // namespace

void add_layout_routes(Router& router, Api& api) {
  Route run;
  run.method = "POST";
  run.pattern = "/api/layout/run";
  run.summary =
      "Run a script on many agents, group by group in ascending order; answers with the layout's id";
  run.schema = schema_of<std::string>();
  run.body_schema = layout_form_schema();
  run.body_type = "multipart/form-data";
  run.body_limit = kScriptLimit + kDefaultBodyLimit * 2;
  run.handler = PayloadTask([&api](Request* request) { return start(&api, request); });
  router.add(std::move(run));

  Route show;
  show.method = "GET";
  show.pattern = "/api/layout/{id}";
  show.summary = "How a layout fares";
  show.parameters = {{.name = "id", .in = In::path, .summary = "layout id"}};
  show.schema = schema_of<LayoutStatus>();
  show.handler = PayloadHandler([&api](Request& request) { return status(api, request); });
  router.add(std::move(show));
}

}  // namespace server
