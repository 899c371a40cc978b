// POST /api/script/{id}/run: a script on one agent (reference HTTP API, A.2 script).
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/base64.hpp"
#include "api/api.hpp"
#include "api/exec_order.hpp"
#include "api/script_form.hpp"
#include "commands/script_run.hpp"
#include "http/schema.hpp"
#include "hub/ids.hpp"

namespace server {
namespace {

struct ScriptReply : CommandAccount {
  std::string id;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t code = 0;
  std::string data;
  std::string reason;
  bool truncated = false;
  std::uint64_t output_size = 0;

  static void fields(auto& field) {
    using agent::omit_empty;
    field("id", &ScriptReply::id, "task id");
    field("begin", &ScriptReply::begin, "Unix seconds of its start");
    field("end", &ScriptReply::end, "Unix seconds of its end");
    field("code", &ScriptReply::code, "exit code; -65534 it did not start, -65535 timeout, -65533 lost");
    field("data", &ScriptReply::data, "output in base64, or why it did not start", omit_empty);
    field("reason", &ScriptReply::reason, "why there is no exit code", omit_empty);
    CommandAccount::fields(field);
    field("truncated", &ScriptReply::truncated, "data is not all of the output", omit_empty);
    field("output_size", &ScriptReply::output_size, "bytes of all of the output, when truncated", omit_empty);
  }
};

// The agent is looked for twice: a stranger's script is not received, and the agent may have come back on
// another session while one was.
agent::Task<Payload> run(Api* api, Request* request) {
  const std::string& id = request->arguments.text("id");
  api->hub().find_agent(id, kExecAgent);
  auto form = std::make_shared<Form>(request);
  std::optional<std::string> content = co_await read_script(form);
  auto order = std::make_shared<const ScriptOrder>(script_order(*request, *form, std::move(content)));
  std::shared_ptr<Session> session = api->hub().find_agent(id, kExecAgent);
  ScriptStarted nobody;
  std::shared_ptr<Parting> parting = parting_of(*request);
  ScriptRun done = co_await run_script(&api->commands(), &api->files(), std::move(session), std::move(order),
                                       std::move(nobody), std::move(parting));
  const bool has_run = !done.command_id.empty();
  if (has_run && !request->client_has_parted()) done.delivery.deliver(done.result);
  ScriptReply reply;
  reply.copy_account(done.result);
  reply.id = has_run ? done.command_id : new_tid();
  reply.begin = done.begin;
  reply.end = done.result.end;
  reply.code = done.result.code;
  reply.data = has_run ? std::move(done.result.data) : agent::encode_base64(done.result.reason);
  reply.reason = done.result.reason;
  reply.truncated = done.result.truncated;
  reply.output_size = done.result.output_size;
  co_return payload(reply);
}

}  // namespace

void add_script_routes(Router& router, Api& api) {
  Route route;
  route.method = "POST";
  route.pattern = "/api/script/{id}/run";
  route.summary = "Run a script and wait for its end";
  route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  route.schema = schema_of<ScriptReply>();
  route.body_schema = script_form_schema();
  route.body_type = "multipart/form-data";
  route.limited = true;
  route.body_limit = kScriptLimit + kDefaultBodyLimit * 2;
  route.at_agent = "id";
  route.handler = PayloadTask([&api](Request* request) { return run(&api, request); });
  router.add(std::move(route));
}

}  // namespace server
