// /api/layout: a script on many agents, group by group (reference HTTP API, A.2 layout).
#include <charconv>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "api/script_form.hpp"
#include "commands/layout_run.hpp"
#include "http/schema.hpp"

namespace server {
namespace {

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

Task<Payload> start(Api* api, Request* request) {
  auto form = std::make_shared<Form>(request);
  std::optional<std::string> content = co_await read_script(form);
  LayoutOrder order;
  order.nodes = nodes_of(*form);
  order.script = std::make_shared<const ScriptOrder>(script_order(*request, *form, std::move(content)));
  order.on_error = form->text("onerror");
  const std::string id =
      start_layout(api->layouts(), api->commands(), api->files(), *request->loop, std::move(order));
  co_return payload(id);
}

Task<Payload> status(Api* api, Request* request) {
  std::string id = request->arguments.text("id");
  const std::time_t now = std::time(nullptr);
  const LayoutStatus found = co_await layout_status(&api->layouts(), &api->commands(), std::move(id), now);
  co_return payload(found);
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
  show.handler = PayloadTask([&api](Request* request) { return status(&api, request); });
  router.add(std::move(show));
}

}  // namespace server
