#include "agentctl/task_name.hpp"

#include <utility>

#include "agentctl/targets.hpp"
#include "agentctl/view.hpp"

namespace agentctl {

using agent::Task;
using agent::json::Document;
using agent::json::Value;

namespace {

bool has_task(Value tasks, const std::string& id) {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (cell_text(tasks.at(i).find("id")) == id) return true;
  }
  return false;
}

}  // namespace

Task<TaskName> find_task(ApiClient* api, std::string text) {
  const std::size_t slash = text.rfind('/');
  if (slash != std::string::npos)
    co_return TaskName{.agent = text.substr(0, slash), .task = text.substr(slash + 1)};
  std::string query = "&type=exec-agent";
  const Document agents = co_await fetch_agents(api, std::move(query));
  for (std::size_t i = 0; i < agents.root().size(); ++i) {
    std::string agent = cell_text(agents.root().at(i).find("id"));
    const Answer answer = co_await api->get("/api/exec/" + url_part(agent) + "/tasks");
    if (has_task(answer.payload(), text))
      co_return TaskName{.agent = std::move(agent), .task = std::move(text)};
  }
  throw agent::Error(agent::Errc::not_found, "no connected agent has task " + text +
                                                 "; of an agent that is away write AGENT/" + text);
}

}  // namespace agentctl
