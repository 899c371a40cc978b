// agents, get, server, metrics: what there is.
#include <fmt/format.h>

#include <utility>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/targets.hpp"

namespace agentctl {

using agent::Task;
using agent::json::Document;
using agent::json::Value;

namespace {

const ListView kAgents{.columns = {{.title = "ID", .key = "id"},
                                   {.title = "TYPE", .key = "type"},
                                   {.title = "VERSION", .key = "version"},
                                   {.title = "OS", .key = "os"},
                                   {.title = "IP", .key = "ip"},
                                   {.title = "PLATFORM", .key = "platform", .is_wide = true},
                                   {.title = "ARCH", .key = "arch", .is_wide = true},
                                   {.title = "MAC", .key = "mac", .is_wide = true},
                                   {.title = "TOKEN", .key = "binding", .is_wide = true}},
                       .name = "id"};

// Which of a metrics-agent's reports is meant, and where it is.
std::string metrics_path(const std::vector<std::string>& words) {
  const std::string id = url_part(words[0]);
  const std::string kind = words.size() > 1 ? words[1] : "usage";
  if (kind == "own") return fmt::format("/api/agents/{}/metrics", id);
  if (kind == "static" || kind == "status" || kind == "latest")
    return fmt::format("/api/metrics/{}/{}", id, kind);
  const std::string part = kind == "conns" ? "connections" : kind;
  return fmt::format("/api/metrics/{}/dynamic/{}", id, url_part(part));
}

// A text as the server has it: the series of /metrics.
Task<int> print_text(Tools tools, std::string path) {
  agent::net::HttpRequest request;
  request.target = std::move(path);
  const ApiClient::Lease lease = tools.api.lease();
  co_await tools.api.open(lease, std::move(request));
  for (;;) {
    const std::string piece = co_await lease->read();
    if (piece.empty()) co_return kOk;
    tools.console.print(piece);
  }
}

}  // namespace

Task<int> list_agents(Tools tools) {
  const CtlOptions& options = tools.options;
  std::string query = where_query(options.targets.where);
  if (!options.type.empty()) query += "&type=" + url_part(options.type);
  const Document agents = co_await fetch_agents(&tools.api, std::move(query));
  show_list(tools.console, options.format, agents.root(), kAgents);
  if (agents.root().size() > 0) co_return kOk;
  tools.console.hint(options.targets.where.empty() ? "no agent is connected"
                                                   : "no connected agent matches the selector");
  co_return options.targets.where.empty() ? kOk : kFailed;
}

Task<int> show_agent(Tools tools) {
  const Answer answer = co_await tools.api.get("/api/agents/" + url_part(tools.options.words.front()));
  show_object(tools.console, tools.options.format, answer.payload(), "id");
  co_return kOk;
}

Task<int> show_server(Tools tools) {
  const Answer answer = co_await tools.api.get("/api/info/server");
  show_object(tools.console, tools.options.format, answer.payload(), "id");
  co_return kOk;
}

Task<int> show_metrics(Tools tools) {
  const std::vector<std::string>& words = tools.options.words;
  if (words.empty()) {
    const int code = co_await print_text(tools, "/metrics");
    co_return code;
  }
  std::string path = metrics_path(words);
  if (path.starts_with("/api/agents/")) {
    const int code = co_await print_text(tools, std::move(path));
    co_return code;
  }
  const Answer answer = co_await tools.api.get(std::move(path));
  const Value payload = answer.payload();
  if (!payload.is_array()) {
    show_object(tools.console, tools.options.format, payload, "");
    co_return kOk;
  }
  ListView view;  // the columns are the members of the first row
  for (std::size_t i = 0; i < payload.at(0).size(); ++i) {
    const std::string key(payload.at(0).member(i).first);
    view.columns.push_back({.title = key, .key = key});
  }
  if (!view.columns.empty()) view.name = view.columns.front().key;
  show_list(tools.console, tools.options.format, payload, view);
  co_return kOk;
}

}  // namespace agentctl
