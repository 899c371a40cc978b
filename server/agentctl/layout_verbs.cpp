// layout run, layout status: a script on groups of agents, one group after the other, by the server.
#include <fmt/format.h>

#include <utility>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/script_file.hpp"
#include "agentctl/targets.hpp"
#include "agentctl/view.hpp"
#include "base/event.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Document;
using agent::json::Value;

namespace {

constexpr std::chrono::milliseconds kLook{500};

bool is_true(Value value) { return value.is_bool() && value.as_bool(); }

std::string number_text(Value value) {
  return value.is_number() ? std::string(value.number_text()) : std::string("0");
}

std::string node_code(Value node) {
  return cell_text(node.find("status")) == "done" ? cell_text(node.find("code")) : std::string();
}

const ListView kNodes{.columns = {{.title = "AGENT", .key = "id"},
                                  {.title = "GROUP", .key = "group", .is_right = true},
                                  {.title = "STATUS", .key = "status"},
                                  {.title = "CODE", .text = node_code, .is_right = true},
                                  {.title = "TASK", .key = "task_id"},
                                  {.title = "ERROR", .key = "err"}},
                      .name = "id"};

void show_layout(Tools tools, Value layout) {
  const Format format = tools.options.format;
  if (format == Format::json || format == Format::yaml) return show_object(tools.console, format, layout, "");
  show_list(tools.console, format, layout.find("nodes"), kNodes);
}

// Whether all of its nodes ran and ended well.
bool is_good(Value layout) {
  const Value nodes = layout.find("nodes");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Value node = nodes.at(i);
    const bool is_done = cell_text(node.find("status")) == "done";
    if (!is_done || number_text(node.find("code")) != "0" || !cell_text(node.find("err")).empty())
      return false;
  }
  return true;
}

// "3 of 10 done" while it runs.
std::string progress_of(Value layout) {
  const Value nodes = layout.find("nodes");
  std::size_t done = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    done += cell_text(nodes.at(i).find("status")) == "done" ? 1 : 0;
  return fmt::format("group {}: {} of {} done", number_text(layout.find("index")), done, nodes.size());
}

// Its table at the end; with `watches`, the end is waited for.
Task<int> show_status(Tools tools, std::string id, bool watches) {
  const std::string path = "/api/layout/" + url_part(id);
  for (;;) {
    const Answer answer = co_await tools.api.get(path);
    const Value layout = answer.payload();
    const bool is_over = is_true(layout.find("done"));
    if (is_over || !watches) {
      tools.console.end_progress();
      show_layout(tools, layout);
      if (!is_over) tools.console.hint("it still runs; --watch waits for the end");
      co_return !is_over || is_good(layout) ? kOk : kFailed;
    }
    tools.console.show_progress(progress_of(layout));
    co_await agent::pause(kLook);
  }
}

Task<int> start_layout(Tools tools) {
  const CtlOptions& options = tools.options;
  std::vector<std::vector<std::string>> groups = options.groups;
  if (groups.empty()) {
    if (!options.targets.is_given())
      throw Error(Errc::bad_config, "on which agents? --group ID,ID…, or -a, --where, --all");
    std::vector<std::string> ids = co_await find_targets(&tools.api, options.targets);
    groups.push_back(std::move(ids));
  }
  const ScriptForm form = layout_form(options.words[1], options.run, groups, options.on_error);
  agent::net::HttpRequest request;
  request.method = "POST";
  request.target = "/api/layout/run";
  request.headers.emplace_back("Content-Type", form.content_type);
  request.body = form.body;
  const Answer answer = co_await tools.api.call(std::move(request), ApiClient::kAnswerLimit);
  std::string id = cell_text(answer.payload());
  if (!options.follow) {
    tools.console.print(id + "\n");
    tools.console.hint(fmt::format("agentctl layout status {} --watch", id));
    co_return kOk;
  }
  tools.console.hint("layout " + id);
  const int code = co_await show_status(tools, std::move(id), true);
  co_return code;
}

}  // namespace

Task<int> do_layout(Tools tools) {
  const std::vector<std::string>& words = tools.options.words;
  if (words[0] == "run") {
    const int code = co_await start_layout(tools);
    co_return code;
  }
  std::string id = words[1];
  const int code = co_await show_status(tools, std::move(id), tools.options.follow);
  co_return code;
}

}  // namespace agentctl
