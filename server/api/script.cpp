// POST /api/script/{id}/run: a script on one agent (reference HTTP API, A.2 script).
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/api.hpp"
#include "api/script_run.hpp"
#include "base/base64.hpp"
#include "http/schema.hpp"
#include "hub/ids.hpp"

namespace server {
namespace {

struct ScriptReply {
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
    field("truncated", &ScriptReply::truncated, "data is not all of the output", omit_empty);
    field("output_size", &ScriptReply::output_size, "bytes of all of the output, when truncated", omit_empty);
  }
};

agent::Task<Payload> run(Api* api, Request* request) {
  api->hub().find_agent(request->arguments.text("id"), kExecAgent);
  Form form(request);
  std::optional<std::string> content = co_await read_script(&form);
  auto shared = std::make_shared<const ScriptOrder>(script_order(form, std::move(content)));
  note_unused_user(*request, shared->auth, shared->user, {});
  Caller caller{request->token_name, request->remote_address};
  std::string agent = request->arguments.text("id");
  ScriptStarted nobody;
  std::shared_ptr<Parting> parting = Parting::of(*request);
  ScriptRun done = co_await run_script(api, request->loop, std::move(agent), std::move(shared),
                                       std::move(caller), std::move(nobody), std::move(parting));
  const bool has_run = !done.command_id.empty();
  if (has_run && !request->client_has_parted()) done.delivery.deliver(*api, done.result);
  ScriptReply reply;
  reply.id = has_run ? done.command_id : new_tid();
  reply.begin = done.begin;
  reply.end = done.result.end;
  reply.code = done.result.code;
  reply.data = agent::encode_base64(has_run ? done.result.data : done.result.reason);
  reply.reason = done.result.reason;
  reply.truncated = done.result.truncated;
  reply.output_size = done.result.output_size;
  co_return payload(reply);
}

}  // namespace

const std::string& script_form_schema() {
  static const std::string schema =
      R"({"type":"object","properties":{)"
      R"("file":{"type":"string","description":"the script"},)"
      R"("type":{"type":"string","enum":["sh","bash","python","python3","bat","powershell","php","lua"]},)"
      R"("args":{"type":"array","items":{"type":"string"},)"
      R"("description":"one field per argument, or a single one with commas; %2c% is a comma there"},)"
      R"("md5":{"type":"string","description":"hexadecimal"},)"
      R"("auth":{"type":"string"},"user":{"type":"string"},"workdir":{"type":"string"},)"
      R"("env":{"type":"array","items":{"type":"string"},)"
      R"("description":"KEY=value, one field per entry, or a single one with commas; %2c% is a comma there"},)"
      R"()"
      R"("timeout":{"type":"integer","default":60,"description":"seconds, at most 1000000000"}},"required":["file","type"]})";
  return schema;
}

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
  route.handler = PayloadTask([&api](Request* request) { return run(&api, request); });
  router.add(std::move(route));
}

}  // namespace server
