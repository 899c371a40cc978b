#include "api/script_run.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <utility>

#include "agent/error.hpp"
#include "base/digest.hpp"
#include "commands/audit.hpp"
#include "files/upload.hpp"
#include "http/csv.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::Task;

// How a type is run: the words in front of the script's path, and what its files are called.
struct ScriptType {
  std::string_view name;
  std::string_view suffix;
  std::vector<std::string> command;  // none: the file itself is the program
};

const std::array<ScriptType, 8>& types() {
  static const std::array<ScriptType, 8> all{{
      {"sh", "sh", {"sh"}},
      {"bash", "sh", {"bash"}},
      {"python", "py", {"python"}},
      {"python3", "py", {"python3"}},
      {"bat", "bat", {}},
      {"powershell", "ps1", {"powershell", "-ExecutionPolicy", "remotesigned"}},
      {"php", "php", {"php"}},
      {"lua", "lua", {"lua"}},
  }};
  return all;
}

const ScriptType& type_of(std::string_view name) {
  const auto found = std::find_if(types().begin(), types().end(),
                                  [name](const ScriptType& type) { return type.name == name; });
  if (found == types().end()) throw RequestError(400, "bad param: unsupported type");
  return *found;
}

std::string md5_hex(std::string_view content) {
  std::string text;
  for (const std::uint8_t byte : agent::Md5::of(content)) text += fmt::format("{:02x}", byte);
  return text;
}

// ScriptSource: a script as the content of an upload.
class ScriptSource final : public ContentSource {
 public:
  ScriptSource(std::shared_ptr<const ScriptOrder> order, UploadTarget target)
      : order_(std::move(order)), target_(std::move(target)) {}

  Task<std::string> read() override {
    co_return std::exchange(done_, true) ? std::string() : order_->content;
  }
  bool is_target_known() const override { return true; }
  UploadTarget target() const override { return target_; }
  std::string expected_md5() const override { return {}; }

 private:
  const std::shared_ptr<const ScriptOrder> order_;
  const UploadTarget target_;
  bool done_ = false;
};

// Where agents keep what belongs to one command.
constexpr std::string_view kPrivateDirectory = "$$TMP$$";

UploadTarget target_of(const ScriptOrder& order) {
  UploadTarget target;
  target.dir = kPrivateDirectory;
  target.name = fmt::format("{}.{}", md5_hex(order.content), type_of(order.type).suffix);
  target.timeout = std::chrono::seconds(order.timeout);
  return target;
}

// One word each: on Linux an agent joins them by blanks, but original agents on Windows start `cmd` as it is
// with `args` (reference, agent: exec).
CommandOrder command_of(const ScriptOrder& order, const std::string& agent, Caller caller,
                        const std::string& path) {
  std::vector<std::string> words = type_of(order.type).command;
  words.push_back(path);
  words.insert(words.end(), order.args.begin(), order.args.end());
  ExecOrder exec;
  exec.cmd = words.front();
  exec.args.assign(words.begin() + 1, words.end());
  exec.auth = order.auth;
  exec.user = order.user;
  exec.workdir = order.workdir;
  exec.env = order.env;
  exec.timeout = order.timeout;
  CommandOrder command = command_order(std::move(exec), agent, std::move(caller));
  command.exec.drm = path;
  return command;
}

ScriptRun failed_run(const Error& error) {
  ScriptRun run;
  run.begin = run.result.end = std::time(nullptr);
  run.result.code = error.code() == Errc::timeout ? kCodeTimeout : kCodeProtocol;
  run.result.reason = error.text();
  return run;
}

// The path of the script at its agent. One that does not get there is in the audit log like a command.
Task<std::string> upload_script(Api* api, agent::net::Loop* loop, std::shared_ptr<Session> session,
                                std::shared_ptr<const ScriptOrder> order, Caller caller) {
  const std::string agent = session->id();
  try {
    ScriptSource source(order, target_of(*order));
    ContentSource* content = &source;
    std::uint64_t size = 0;
    const std::string path = co_await upload_content(&api->files(), loop, std::move(session), content, &size);
    co_return path;
  } catch (const Error& error) {
    CommandRecord failed;
    failed.agent = agent;
    failed.owner = caller.who;
    failed.from = caller.from;
    failed.command = fmt::format("{} script {}", order->type, fmt::join(order->args, " "));
    failed.state = command_state::failed;
    failed.reason = error.text();
    api->audit().write_start(failed);
    api->audit().write_end(failed);
    throw;
  }
}

// A form's number is unsigned in the originals, unlike that of POST /api/exec/{id}/run.
std::int64_t read_timeout(const Form& form, std::int64_t fallback) {
  const std::int64_t seconds = form.integer("timeout", fallback);
  if (seconds < 0) throw RequestError(400, fmt::format("bad param: timeout: {} is less than 0", seconds));
  return command_timeout(seconds);
}

Task<std::string> read_content(Form* form) {
  std::string content;
  for (;;) {
    const std::string piece = co_await form->read();
    if (piece.empty()) co_return content;
    content += piece;
    if (content.size() > kScriptLimit)
      throw RequestError(413, fmt::format("file: more than {} bytes", kScriptLimit));
  }
}

}  // namespace

Task<std::optional<std::string>> read_script(Form* form) {
  std::string name = "file";
  const bool found = co_await form->find_file(std::move(name));
  if (!found) co_return std::nullopt;
  std::string content = co_await read_content(form);
  co_await form->finish();
  co_return content;
}

ScriptOrder script_order(const Form& form, std::optional<std::string> content) {
  if (!content) throw form.missing_file();
  ScriptOrder order;
  order.content = std::move(*content);
  order.timeout = read_timeout(form, order.timeout);
  const std::string& md5 = form.text("md5");
  if (!md5.empty() && strcasecmp(md5.c_str(), md5_hex(order.content).c_str()) != 0)
    throw RequestError(400, "bad param: md5:invalid checksum");
  order.type = form.text("type");
  type_of(order.type);
  order.args = read_arguments(form.values("args"));
  order.auth = checked_auth(form.text("auth"));
  order.user = form.text("user");
  order.workdir = form.text("workdir");
  order.env = read_environment(form.values("env"));
  return order;
}

Task<ScriptRun> run_script(Api* api, agent::net::Loop* loop, std::string agent,
                           std::shared_ptr<const ScriptOrder> order, Caller caller, ScriptStarted started,
                           std::shared_ptr<Parting> parting) {
  std::shared_ptr<Session> session = api->hub().find_agent(agent, kExecAgent);
  ScriptRun run;
  try {
    const std::string path = co_await upload_script(api, loop, std::move(session), order, caller);
    CommandOrder what = command_of(*order, agent, std::move(caller), path);
    what.asynchronous = started != nullptr;
    std::shared_ptr<Command> command = co_await start_command(api, loop, std::move(what), std::move(parting));
    run.command_id = command->id();
    if (started) started(run.command_id);
    run.begin = command->record().begin;
    run.delivery = Delivery(command);
    run.result = co_await finish_command(command);
    run.goes_on = command->is_handed_on();
  } catch (const Error& error) {
    if (error.code() == Errc::too_many || error.code() == Errc::cancelled) throw;
    run = failed_run(error);
  }
  co_return run;
}

}  // namespace server
