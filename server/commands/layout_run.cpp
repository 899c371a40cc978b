#include "commands/layout_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "agent/error.hpp"
#include "commands/command_limits.hpp"
#include "net/spawn.hpp"
#include "order_error.hpp"

namespace server {
namespace {

using agent::Error;
using agent::Task;

// Ids that a refusal names; the others are counted.
constexpr std::size_t kNamedAgents = 10;

[[noreturn]] void fail_without_limits(const std::vector<std::string>& unable) {
  const std::size_t named = std::min(unable.size(), kNamedAgents);
  const auto end = unable.begin() + static_cast<std::ptrdiff_t>(named);
  const std::size_t more = unable.size() - named;
  throw cannot_limit(fmt::format("{}{}: no capability for it", fmt::join(unable.begin(), end, ", "),
                                 more == 0 ? "" : fmt::format(" and {} more", more)));
}

// All agents that are unable to limit the script are named at once: who has put the list together has to
// change it.
void check_agents(const Hub& hub, const std::vector<Layout::Node>& nodes,
                  const agent::wire::CommandLimits& limits) {
  std::vector<std::string> unable;
  for (const Layout::Node& node : nodes) {
    try {
      const std::shared_ptr<Session> session = hub.find_agent(node.agent, kExecAgent);
      if (!can_limit(*session, limits)) unable.push_back(node.agent);
    } catch (const Error& error) {
      if (error.code() != agent::Errc::not_found) throw;
      throw Error(error.code(), fmt::format("{}: {}", error.text(), node.agent));
    }
  }
  if (!unable.empty()) fail_without_limits(unable);
}

bool stops_on_error(const std::string& word) {
  if (!word.empty() && word != "exit" && word != "continue")
    throw OrderError(agent::Errc::bad_message, "bad param: onerror: exit or continue");
  return word != "continue";
}

LayoutOutcome outcome_of(const std::string& reason, std::int64_t code, const CommandAccount& account) {
  const bool is_plain_failure = reason.empty() && code != 0;
  return {.err = is_plain_failure ? fmt::format("exit code {}{}", code, ended_by_text(account)) : reason,
          .code = code,
          .account = account};
}

Task<LayoutOutcome> run_node(CommandTable* commands, FileService* files,
                             std::shared_ptr<const ScriptOrder> script, std::string agent,
                             Layout::Started started) {
  LayoutOutcome outcome;
  const Hub& hub = commands->hub();
  try {
    std::shared_ptr<Session> session = hub.find_agent(agent, kExecAgent);
    ScriptRun run =
        co_await run_script(commands, files, std::move(session), std::move(script), std::move(started));
    outcome = outcome_of(run.result.running ? "timeout" : run.result.reason, run.result.code, run.result);
    outcome.goes_on = run.goes_on || (run.command_id.empty() && hub.is_stopping());
  } catch (const LimitError& error) {  // the agent's own refusal, or another agent has come under the id
    outcome.err = error.text();
    outcome.code = kCodeProtocol;
  } catch (const Error&) {
    outcome.goes_on = hub.is_stopping();
    if (!outcome.goes_on) throw;
  }
  co_return outcome;
}

// What has become of a node that an earlier server began, on the shard of its agent.
Task<LayoutOutcome> look_at(const CommandTable* commands, std::string agent, std::string command) {
  LayoutOutcome outcome{.err = "its result is gone", .code = kCodeLost};
  try {
    const CommandRecord& record = commands->find(agent, command)->record();
    outcome = record.is_over() ? outcome_of(record.reason, record.code, record) : LayoutOutcome{};
    outcome.ended = record.end;
    outcome.goes_on = !record.is_over();
  } catch (const Error&) {
    // It has expired.
  }
  co_return outcome;
}

// What has become of the nodes that run as far as the layout knows, by their commands.
Task<std::map<std::string, LayoutOutcome>> look_at_all(const CommandTable* commands,
                                                       std::vector<LayoutNode> nodes) {
  std::map<std::string, LayoutOutcome> found;
  for (const LayoutNode& node : nodes) {
    if (node.status != node_status::running) continue;
    agent::net::Loop& there = commands->hub().place_of(node.id).shard.loop();
    Task<LayoutOutcome> look = agent::net::on(there, look_at(commands, node.id, node.task_id));
    found[node.task_id] = co_await std::move(look);
  }
  co_return found;
}

}  // namespace

std::string start_layout(Layouts& layouts, CommandTable& commands, FileService& files, agent::net::Loop& loop,
                         LayoutOrder order) {
  check_agents(commands.hub(), order.nodes, order.script->exec.limits);
  const bool stops = stops_on_error(order.on_error);
  auto run = [&commands, &files, script = std::move(order.script)](std::string agent,
                                                                   Layout::Started started) {
    agent::net::Loop& there = commands.hub().place_of(agent).shard.loop();
    return agent::net::on(there, run_node(&commands, &files, script, std::move(agent), std::move(started)));
  };
  auto layout = std::make_shared<Layout>(std::move(order.nodes), stops, run);
  std::string id = layouts.add(layout);
  agent::net::spawn(loop, Layout::run(std::move(layout), &loop), "layout " + id);
  return id;
}

Task<LayoutStatus> layout_status(const Layouts* layouts, const CommandTable* commands, std::string id,
                                 std::int64_t now) {
  const std::shared_ptr<Layout> layout = layouts->find(id, now);
  if (layout->found_at() != 0) {
    Task<std::map<std::string, LayoutOutcome>> look = look_at_all(commands, layout->status().nodes);
    const std::map<std::string, LayoutOutcome> found = co_await std::move(look);
    layout->settle([&found](const LayoutNode& node) {
      const auto outcome = found.find(node.task_id);
      return outcome == found.end() ? LayoutOutcome{.goes_on = true} : outcome->second;
    });
  }
  co_return layout->status();
}

}  // namespace server
