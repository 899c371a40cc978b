// run, script, follow: commands on one agent or many.
#include <fmt/format.h>

#include <utility>

#include "agentctl/fleet_run.hpp"
#include "agentctl/form_body.hpp"
#include "agentctl/run_order.hpp"
#include "agentctl/script_file.hpp"
#include "agentctl/targets.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

// A person who gives no target has made a mistake; a guess could run the command anywhere.
void check_targets(const TargetOptions& targets) {
  if (!targets.is_given()) throw Error(Errc::bad_config, "on which agents? -a ID, --where SELECTOR or --all");
}

Task<Answer> start_command(ApiClient* api, std::string id, std::string body, std::chrono::seconds limit) {
  std::string method = "POST";
  std::string path = fmt::format("/api/exec/{}/run", url_part(id));
  Answer answer = co_await api->call(std::move(method), std::move(path), std::move(body), limit);
  co_return answer;
}

// A script's answer comes with its result, so that the wait is as long as it may run.
Task<Answer> start_script(ApiClient* api, std::string id, std::shared_ptr<const ScriptForm> form,
                          std::chrono::seconds limit) {
  agent::net::HttpRequest request;
  request.method = "POST";
  request.target = fmt::format("/api/script/{}/run", url_part(id));
  request.headers.emplace_back("Content-Type", form->content_type);
  request.body = form->body;
  Answer answer = co_await api->call(std::move(request), limit);
  co_return answer;
}

FleetOptions fleet_of(const TargetOptions& targets, std::vector<std::string> ids) {
  FleetOptions fleet;
  fleet.is_single = ids.size() == 1 && targets.ids.size() == 1 && targets.where.empty() && !targets.all;
  fleet.ids = std::move(ids);
  return fleet;
}

}  // namespace

Task<int> run_command(Tools tools) {
  const CtlOptions& options = tools.options;
  check_targets(options.targets);
  const std::string body = run_body(options.run);
  std::vector<std::string> ids = co_await find_targets(&tools.api, options.targets);
  FleetOptions fleet = fleet_of(options.targets, std::move(ids));
  fleet.start = [api = &tools.api, body, limit = options.run.silence](std::string id) {
    return start_command(api, std::move(id), body, limit);
  };
  const int code = co_await run_fleet(tools, std::move(fleet));
  co_return code;
}

Task<int> run_script(Tools tools) {
  const CtlOptions& options = tools.options;
  check_targets(options.targets);
  const auto form = std::make_shared<const ScriptForm>(script_form(options.words[0], options.run));
  std::vector<std::string> ids = co_await find_targets(&tools.api, options.targets);
  FleetOptions fleet = fleet_of(options.targets, std::move(ids));
  const std::chrono::seconds limit = options.run.timeout + options.run.silence;
  fleet.start = [api = &tools.api, form, limit](std::string id) {
    return start_script(api, std::move(id), form, limit);
  };
  const int code = co_await run_fleet(tools, std::move(fleet));
  co_return code;
}

Task<int> follow_command(Tools tools) {
  std::string text = tools.options.words[0];
  TaskName name = co_await find_task(&tools.api, std::move(text));
  const std::string shown = name.text();
  FollowOptions following;
  following.on_break = [&tools](const std::string& why) {
    tools.console.hint("the connection broke off: " + why + "; trying again");
  };
  OutputTaker take = [&tools](std::string_view bytes) { tools.console.print(bytes); };
  const TaskEnd end =
      co_await follow_task(&tools.api, std::move(name), std::move(following), std::move(take));
  if (end.truncated)
    tools.console.warn(
        fmt::format("only {} of {} bytes of the output were kept", end.kept_size, end.output_size));
  if (!end.reason.empty() || (end.outcome != Outcome::ok && end.outcome != Outcome::failed))
    tools.console.warn(fmt::format("agentctl: {}: {}{}{}", shown, word_of(end.outcome),
                                   end.reason.empty() ? "" : ": ", end.reason));
  co_return exit_code_of(end);
}

}  // namespace agentctl
