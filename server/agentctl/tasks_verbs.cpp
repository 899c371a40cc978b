// ps, kill: commands that run.
#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/targets.hpp"
#include "agentctl/task_name.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Document;
using agent::json::Value;

namespace {

std::string begin_of(Value row) {
  const Value begin = row.find("begin");
  if (!begin.is_number()) return {};
  const std::time_t seconds = static_cast<std::time_t>(begin.as_int(0, std::int64_t{1} << 40));
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%F %T", &local)};
}

std::string task_of(Value row) { return cell_text(row.find("agent")) + "/" + cell_text(row.find("id")); }

bool is_over(Value task) {
  const std::string state = cell_text(task.find("state"));
  return state == "done" || state == "failed" || state == "lost";
}

std::string code_of(Value row) { return is_over(row) ? cell_text(row.find("code")) : std::string(); }

const ListView kTasks{
    .columns = {{.title = "TASK", .text = task_of},
                {.title = "STATE", .key = "state"},
                {.title = "CODE", .text = code_of, .is_right = true},
                {.title = "PID", .key = "pid", .is_right = true},
                {.title = "BEGIN", .text = begin_of},
                {.title = "OUTPUT", .key = "output_size", .is_wide = true, .is_right = true},
                {.title = "OWNER", .key = "owner", .is_wide = true},
                {.title = "COMMAND", .key = "command"}},
    .name = {},
    .name_text = task_of};

// The tasks of these agents that run, or with `also_finished` all that are known.
Task<Document> fetch_tasks(ApiClient* api, std::vector<std::string> ids, bool also_finished) {
  agent::json::Writer all;
  all.begin_array();
  for (const std::string& id : ids) {
    const Answer answer = co_await api->get("/api/exec/" + url_part(id) + "/tasks");
    const Value tasks = answer.payload();
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (also_finished || !is_over(tasks.at(i))) all.raw(tasks.at(i).text());
    }
  }
  all.end_array();
  co_return Document::parse(all.take());
}

Task<std::vector<std::string>> listed_agents(ApiClient* api, TargetOptions targets) {
  if (!targets.is_given()) targets.all = true;
  std::vector<std::string> ids = co_await find_targets(api, std::move(targets));
  co_return ids;
}

std::int64_t pid_of(const std::string& text) {
  std::int64_t pid = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || pid > 99'999'999)
      throw Error(Errc::bad_config, fmt::format("'{}' is no process id", text));
    pid = pid * 10 + (c - '0');
  }
  return pid;
}

}  // namespace

Task<int> list_tasks(Tools tools) {
  TargetOptions targets = tools.options.targets;
  targets.ids.insert(targets.ids.end(), tools.options.words.begin(), tools.options.words.end());
  std::vector<std::string> ids = co_await listed_agents(&tools.api, std::move(targets));
  const Document tasks = co_await fetch_tasks(&tools.api, std::move(ids), tools.options.all_tasks);
  show_list(tools.console, tools.options.format, tasks.root(), kTasks);
  co_return kOk;
}

// AGENT PID, or a task.
Task<int> kill_task(Tools tools) {
  const std::vector<std::string>& words = tools.options.words;
  std::string agent = words[0];
  std::int64_t pid = 0;
  if (words.size() > 1) {
    pid = pid_of(words[1]);
  } else {
    std::string text = words[0];
    const TaskName name = co_await find_task(&tools.api, std::move(text));
    const Answer answer = co_await tools.api.get(name.path());
    const Value task = answer.payload();
    if (is_over(task))
      throw Error(Errc::not_found,
                  fmt::format("{} has ended already: {}", name.text(), cell_text(task.find("state"))));
    if (task.find("pid").is_null()) throw Error(Errc::busy, name.text() + " has no process yet; try again");
    pid = task.find("pid").as_int(0, std::int64_t{1} << 40);
    agent = name.agent;
  }
  std::string path = fmt::format("/api/exec/{}/kill/{}", url_part(agent), pid);
  std::string method = "DELETE";
  co_await tools.api.call(std::move(method), std::move(path));
  tools.console.hint(fmt::format("process {} of {} and all that it started were ended", pid, agent));
  co_return kOk;
}

}  // namespace agentctl
