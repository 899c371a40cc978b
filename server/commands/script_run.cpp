#include "commands/script_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <utility>

#include "agent/error.hpp"
#include "base/digest.hpp"
#include "commands/audit.hpp"
#include "commands/command_limits.hpp"
#include "commands/shown_text.hpp"
#include "files/upload.hpp"
#include "order_error.hpp"

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
  if (found == types().end()) throw OrderError(Errc::bad_message, "bad param: unsupported type");
  return *found;
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

// Bytes of a line that are shown, as of commands.
constexpr std::size_t kShownLimit = 1024;
// Where agents keep what belongs to one command.
constexpr std::string_view kPrivateDirectory = "$$TMP$$";

UploadTarget target_of(const ScriptOrder& order) {
  UploadTarget target;
  target.dir = kPrivateDirectory;
  target.name = fmt::format("{}.{}", agent::hex(agent::Md5::of(order.content)), type_of(order.type).suffix);
  target.timeout = agent::wire::time_limit(order.exec.timeout);
  return target;
}

// One word each: on Linux an agent joins them by blanks, but original agents on Windows start `cmd` as it is
// with `args` (reference, agent: exec).
CommandOrder command_of(const ScriptOrder& order, std::shared_ptr<Session> session, const std::string& path) {
  std::vector<std::string> words = type_of(order.type).command;
  words.push_back(path);
  CommandOrder command;
  command.session = std::move(session);
  command.caller = order.caller;
  command.exec = order.exec;
  command.exec.cmd = words.front();
  command.exec.args.insert(command.exec.args.begin(), words.begin() + 1, words.end());
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

// One that does not get to its agent is in the audit log like a command.
void write_failure(Audit& audit, const std::string& agent, const ScriptOrder& order, const Error& error,
                   agent::net::Clock::duration took) {
  CommandRecord failed;
  failed.agent = agent;
  failed.owner = order.caller.who;
  failed.from = order.caller.from;
  failed.command =
      shown_text(fmt::format("{} script {}", order.type, fmt::join(order.exec.args, " ")), kShownLimit);
  failed.state = command_state::failed;
  failed.reason = error.text();
  failed.limits = order.exec.limits;
  audit.write_whole(failed, std::chrono::duration_cast<std::chrono::milliseconds>(took));
}

// The path of the script at its agent.
Task<std::string> upload_script(CommandTable* commands, FileService* files, std::shared_ptr<Session> session,
                                std::shared_ptr<const ScriptOrder> order) {
  const agent::net::Clock::time_point begin = agent::net::Clock::now();
  try {
    std::shared_ptr<ContentSource> script = std::make_shared<ScriptSource>(order, target_of(*order));
    const std::string path = co_await upload_content(files, session, std::move(script));
    co_return path;
  } catch (const Error& error) {
    write_failure(commands->audit(), session->id(), *order, error, agent::net::Clock::now() - begin);
    throw;
  }
}

}  // namespace

void check_script(const ScriptOrder& order) {
  type_of(order.type);
  check_auth(order.exec.auth);
  check_limits(order.exec.limits);
}

Task<ScriptRun> run_script(CommandTable* commands, FileService* files, std::shared_ptr<Session> session,
                           std::shared_ptr<const ScriptOrder> order, ScriptStarted started,
                           std::shared_ptr<Parting> parting) {
  ScriptRun run;
  check_can_limit(*session, order->exec.limits);
  try {
    const std::string path = co_await upload_script(commands, files, session, order);
    CommandOrder what = command_of(*order, std::move(session), path);
    what.asynchronous = started != nullptr;
    GivenCommand given = give_command(*commands, std::move(what), std::move(parting));
    std::shared_ptr<Command> command = co_await start_command(commands, std::move(given.delivery));
    run.command_id = command->id();
    if (started) started(run.command_id);
    run.begin = command->record().begin;
    run.delivery = Delivery(command);
    run.result = co_await finish_command(command, std::move(given.parting));
    run.goes_on = command->is_handed_on();
  } catch (const LimitError&) {
    throw;
  } catch (const Error& error) {
    if (error.code() == Errc::too_many || error.code() == Errc::cancelled) throw;
    run = failed_run(error);
  }
  co_return run;
}

}  // namespace server
