#include "api/script_form.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "api/exec_order.hpp"
#include "base/ascii_case.hpp"
#include "base/digest.hpp"
#include "http/csv.hpp"
#include "http/reply.hpp"

namespace server {
namespace {

// A form's number is unsigned in the originals, unlike that of POST /api/exec/{id}/run.
std::int64_t read_timeout(const Form& form) {
  const std::int64_t seconds = form.integer("timeout", agent::wire::kDefaultTimeout.count());
  if (seconds < 0) throw RequestError(400, fmt::format("bad param: timeout: {} is less than 0", seconds));
  return seconds;
}

void check_md5(const std::string& expected, const std::string& content) {
  if (expected.empty()) return;
  if (!agent::equals_ignoring_case(expected, agent::hex(agent::Md5::of(content))))
    throw RequestError(400, "bad param: md5:invalid checksum");
}

}  // namespace

agent::Task<std::optional<std::string>> read_script(std::shared_ptr<Form> form) {
  std::string name = "file";
  const bool found = co_await form->find_file(std::move(name));
  if (!found) co_return std::nullopt;
  const std::shared_ptr<agent::ByteSource> file = form;
  std::string content = co_await agent::gather(file, kScriptLimit + 1);
  if (content.size() > kScriptLimit)
    throw RequestError(413, fmt::format("file: more than {} bytes", kScriptLimit));
  co_await form->finish();
  co_return content;
}

ScriptOrder script_order(Request& request, const Form& form, std::optional<std::string> content) {
  if (!content) throw form.missing_file();
  ScriptOrder order;
  order.caller = caller_of(request);
  order.content = std::move(*content);
  order.type = form.text("type");
  agent::wire::Exec& exec = order.exec;
  exec.timeout = read_timeout(form);
  check_md5(form.text("md5"), order.content);
  exec.args = read_arguments(form.values("args"));
  exec.auth = form.text("auth");
  exec.user = form.text("user");
  exec.workdir = form.text("workdir");
  exec.env = read_environment(form.values("env"));
  check_script(order);
  note_unused_user(request, exec);
  return order;
}

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

}  // namespace server
