#include "api/script_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
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

// 0 and less are told here, for a form's number has a sign; check_limits() tells of the rest.
template <class Number>
std::optional<Number> read_limit(const Form& form, std::string_view name) {
  if (form.text(name).empty()) return std::nullopt;
  const std::int64_t number = form.integer(name, 0);
  if (number < 1) throw RequestError(400, fmt::format("bad param: {}: at least 1", name));
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
  return static_cast<Number>(std::min(static_cast<std::uint64_t>(number), most));
}

std::optional<agent::Bytes> read_memory(const Form& form) {
  const std::string& text = form.text("memory");
  if (text.empty()) return std::nullopt;
  try {
    return agent::parse_bytes(text);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: memory: {}", error.text()));
  }
}

agent::wire::CommandLimits read_limits(const Form& form) {
  agent::CommandLimits limits;
  limits.cpu_percent = read_limit<std::uint32_t>(form, "cpu_percent");
  limits.memory = read_memory(form);
  limits.pids = read_limit<std::uint32_t>(form, "pids");
  limits.cpu_seconds = read_limit<std::uint64_t>(form, "cpu_seconds");
  return agent::wire::to_wire(limits);
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
  exec.limits = read_limits(form);
  check_script(order);
  note_unused_user(request, exec);
  return order;
}

namespace {

std::string limit_property(std::string_view name, std::string_view type, std::string_view text) {
  return fmt::format(R"(,"{}":{{"type":"{}","description":"{}"}})", name, type, text);
}

std::string limit_properties() {
  return limit_property("cpu_percent", "integer", kCpuPercentText) +
         limit_property("memory", "string", kMemoryText) + limit_property("pids", "integer", kPidsText) +
         limit_property("cpu_seconds", "integer", kCpuSecondsText);
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
      R"("timeout":{"type":"integer","default":60,"description":"seconds, at most 1000000000"})" +
      limit_properties() + R"(},"required":["file","type"]})";
  return schema;
}

}  // namespace server
