#include "tasks/layout.hpp"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <ctime>
#include <set>
#include <utility>

#include "agent/error.hpp"
#include "hub/ids.hpp"

namespace server {

using agent::Task;

namespace {

constexpr std::int64_t kKeepSeconds = 3600;

bool is_forgotten(const Layout& layout, std::int64_t now) {
  const LayoutStatus status = layout.status();
  return status.done && status.ended + kKeepSeconds < now;
}

}  // namespace

// The workers of one group, who share the list of its nodes.
struct Layout::Crew {
  Crew(agent::net::Loop& loop, std::vector<std::size_t> the_nodes)
      : nodes(std::move(the_nodes)), all_done(loop.io(), agent::net::Clock::time_point::max()) {}
  std::vector<std::size_t> nodes;
  std::size_t next = 0;
  std::size_t workers = 0;
  asio::steady_timer all_done;
};

Layout::Layout(std::vector<Node> nodes, bool stop_on_error, RunNode run, std::size_t parallel)
    : stop_on_error_(stop_on_error), run_(std::move(run)), parallel_(parallel) {
  status_.begin = std::time(nullptr);
  for (Node& node : nodes) {
    LayoutNode& added = status_.nodes.emplace_back();
    added.id = std::move(node.agent);
    added.group = node.group;
  }
}

LayoutStatus Layout::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

template <class Change>
void Layout::change(Change change) {
  std::lock_guard lock(mutex_);
  change(status_);
}

Task<> Layout::run(std::shared_ptr<Layout> self, agent::net::Loop* loop) {
  std::set<std::int64_t> groups;
  for (const LayoutNode& node : self->status_.nodes) groups.insert(node.group);
  for (const std::int64_t group : groups) {
    self->change([group](LayoutStatus& status) { status.index = group; });
    co_await run_group(self, loop, group);
    if (self->stop_on_error_ && self->has_failed(group)) break;
  }
  self->change([](LayoutStatus& status) {
    status.done = true;
    status.end = status.ended = std::time(nullptr);
  });
}

Task<> Layout::run_group(std::shared_ptr<Layout> self, agent::net::Loop* loop, std::int64_t group) {
  auto crew = std::make_shared<Crew>(*loop, self->group_nodes(group));
  crew->workers = std::min(self->parallel_, crew->nodes.size());
  for (std::size_t i = crew->workers; i > 0; --i)
    asio::co_spawn(loop->io(), work(self, crew), asio::detached);
  asio::error_code ended;
  auto token = asio::redirect_error(asio::use_awaitable, ended);
  while (crew->workers > 0) co_await crew->all_done.async_wait(token);
}

Task<> Layout::work(std::shared_ptr<Layout> self, std::shared_ptr<Crew> crew) {
  while (crew->next < crew->nodes.size()) {
    const std::size_t index = crew->nodes[crew->next++];
    self->begin_node(index);
    std::string agent = self->status_.nodes[index].id;
    const LayoutOutcome outcome = co_await attempt(self, std::move(agent));
    self->end_node(index, outcome);
  }
  if (--crew->workers == 0) crew->all_done.cancel();
}

Task<LayoutOutcome> Layout::attempt(std::shared_ptr<Layout> self, std::string agent) {
  LayoutOutcome outcome;
  try {
    outcome = co_await self->run_(std::move(agent));
  } catch (const std::exception& error) {
    outcome.err = error.what();
  }
  co_return outcome;
}

std::vector<std::size_t> Layout::group_nodes(std::int64_t group) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < status_.nodes.size(); ++i)
    if (status_.nodes[i].group == group) found.push_back(i);
  return found;
}

void Layout::begin_node(std::size_t index) {
  change([index](LayoutStatus& status) {
    LayoutNode& node = status.nodes[index];
    node.status = "running";
    node.begin = node.started = std::time(nullptr);
  });
}

void Layout::end_node(std::size_t index, const LayoutOutcome& outcome) {
  change([index, &outcome](LayoutStatus& status) {
    LayoutNode& node = status.nodes[index];
    node.status = "done";
    node.end = node.ended = std::time(nullptr);
    node.err = outcome.err;
    node.code = outcome.code;
    node.task_id = outcome.task_id;
  });
}

bool Layout::has_failed(std::int64_t group) const {
  return std::any_of(status_.nodes.begin(), status_.nodes.end(),
                     [group](const LayoutNode& node) { return node.group == group && !node.err.empty(); });
}

std::string Layouts::add(std::shared_ptr<Layout> layout) {
  std::string id = new_tid();
  std::lock_guard lock(mutex_);
  remove_old();
  layouts_.emplace(id, std::move(layout));
  return id;
}

std::shared_ptr<Layout> Layouts::find(std::string_view id, std::int64_t now) const {
  std::lock_guard lock(mutex_);
  const auto found = layouts_.find(id);
  if (found == layouts_.end() || is_forgotten(*found->second, now))
    throw agent::Error(agent::Errc::not_found, "task");
  return found->second;
}

void Layouts::remove_old() {
  const std::int64_t now = std::time(nullptr);
  std::erase_if(layouts_, [now](const auto& entry) { return is_forgotten(*entry.second, now); });
}

}  // namespace server
