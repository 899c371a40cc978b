#include "commands/layout.hpp"

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

#include "agent/error.hpp"
#include "base/event.hpp"
#include "hub/ids.hpp"
#include "net/spawn.hpp"

namespace server {

using agent::Task;

namespace {

constexpr std::int64_t kKeepSeconds = 3600;

// One that was running when its server ended is looked at when somebody asks.
constexpr std::int64_t kKeepUnseen = 24 * 3600;

bool is_forgotten(const Layout& layout, std::int64_t now) {
  const LayoutStatus status = layout.status();
  if (status.done) return status.ended + kKeepSeconds < now;
  return layout.found_at() != 0 && layout.found_at() + kKeepUnseen < now;
}

}  // namespace

// The workers of one group, who share the list of its nodes.
struct Layout::Crew {
  // A worker's place in it, which it leaves however it ends.
  struct Place {
    explicit Place(Crew& its_crew) : crew(its_crew) {}
    ~Place() {
      if (--crew.workers == 0) crew.all_done.wake();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Crew& crew;
  };

  std::vector<std::size_t> nodes;
  std::size_t next = 0;
  std::size_t workers = 0;
  agent::Event all_done;
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

Layout::Layout(LayoutStatus found, std::int64_t found_at) : found_at_(found_at), status_(std::move(found)) {
  for (LayoutNode& node : status_.nodes) {
    if (node.status == node_status::waiting && !status_.done) {
      node.err = "the server ended before it ran";
    } else if (node.status == node_status::running && node.task_id.empty()) {
      node.status = node_status::done;
      node.err = "the server ended while it began";
      node.end = node.ended = node.started;
    }
  }
}

void Layout::keep(std::shared_ptr<LayoutStore> store, std::string id) {
  std::lock_guard lock(mutex_);
  store_ = std::move(store);
  id_ = std::move(id);
  store_->save(id_, status_);
  for (std::size_t index = 0; index < status_.nodes.size(); ++index)
    store_->save_node(id_, index, status_.nodes[index]);
}

LayoutStatus Layout::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

template <class Change>
void Layout::change(Change change) {
  std::lock_guard lock(mutex_);
  change(status_);
  if (store_) store_->save(id_, status_);
}

template <class Change>
void Layout::change_node(std::size_t index, Change change) {
  std::lock_guard lock(mutex_);
  change(status_.nodes[index]);
  if (store_) store_->save_node(id_, index, status_.nodes[index]);
}

Task<> Layout::run(std::shared_ptr<Layout> self, agent::net::Loop* loop) {
  std::set<std::int64_t> groups;
  for (const LayoutNode& node : self->status_.nodes) groups.insert(node.group);
  for (const std::int64_t group : groups) {
    self->change([group](LayoutStatus& status) { status.index = group; });
    co_await run_group(self, loop, group);
    if (self->goes_on_) co_return;
    if (self->stop_on_error_ && self->has_failed(group)) break;
  }
  self->finish();
}

void Layout::finish() {
  change([](LayoutStatus& status) {
    status.done = true;
    status.end = status.ended = std::time(nullptr);
  });
}

Task<> Layout::run_group(std::shared_ptr<Layout> self, agent::net::Loop* loop, std::int64_t group) {
  auto crew = std::make_shared<Crew>();
  crew->nodes = self->group_nodes(group);
  crew->workers = std::min(self->parallel_, crew->nodes.size());
  for (std::size_t i = crew->workers; i > 0; --i) agent::net::spawn(*loop, work(self, crew), "layout");
  while (crew->workers > 0) co_await crew->all_done.wait();
}

Task<> Layout::work(std::shared_ptr<Layout> self, std::shared_ptr<Crew> crew) {
  Crew::Place place(*crew);
  while (crew->next < crew->nodes.size() && !self->goes_on_) {
    const std::size_t index = crew->nodes[crew->next++];
    self->begin_node(index);
    const LayoutOutcome outcome = co_await attempt(self, index);
    if (outcome.goes_on) {
      self->goes_on_ = true;
    } else {
      self->end_node(index, outcome);
    }
  }
}

Task<LayoutOutcome> Layout::attempt(std::shared_ptr<Layout> self, std::size_t index) {
  LayoutOutcome outcome;
  std::string agent = self->status_.nodes[index].id;
  Started started = [weak = self->weak_from_this(), index](const std::string& command) {
    if (const auto layout = weak.lock())
      layout->change_node(index, [&command](LayoutNode& node) { node.task_id = command; });
  };
  try {
    outcome = co_await self->run_(std::move(agent), std::move(started));
  } catch (const agent::Error& error) {
    outcome.err = error.text();
  } catch (const std::exception& error) {
    outcome.err = error.what();
  }
  co_return outcome;
}

void Layout::settle(const Look& look) {
  const LayoutStatus seen = status();
  if (found_at_ == 0 || seen.done) return;
  const std::vector<LayoutNode>& nodes = seen.nodes;
  bool all_done = true;
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    if (nodes[index].status != node_status::running) continue;
    const LayoutOutcome outcome = look(nodes[index]);
    if (outcome.goes_on) {
      all_done = false;
    } else {
      end_node(index, outcome);
    }
  }
  if (all_done) finish();
}

std::vector<std::size_t> Layout::group_nodes(std::int64_t group) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < status_.nodes.size(); ++i)
    if (status_.nodes[i].group == group) found.push_back(i);
  return found;
}

void Layout::begin_node(std::size_t index) {
  change_node(index, [](LayoutNode& node) {
    node.status = node_status::running;
    node.begin = node.started = std::time(nullptr);
  });
}

void Layout::end_node(std::size_t index, const LayoutOutcome& outcome) {
  change_node(index, [&outcome](LayoutNode& node) {
    node.status = node_status::done;
    node.end = node.ended = outcome.ended != 0 ? outcome.ended : std::time(nullptr);
    node.err = outcome.err;
    node.code = outcome.code;
    node.copy_account(outcome.account);
  });
}

bool Layout::has_failed(std::int64_t group) const {
  return std::any_of(status_.nodes.begin(), status_.nodes.end(),
                     [group](const LayoutNode& node) { return node.group == group && !node.err.empty(); });
}

Layouts::Layouts(const std::string& directory) : store_(std::make_shared<LayoutStore>(directory)) {
  for (auto& [id, status] : store_->load()) {
    auto layout = std::make_shared<Layout>(std::move(status), std::time(nullptr));
    layout->keep(store_, id);
    layouts_.emplace(id, std::move(layout));
  }
  remove_old();
}

std::string Layouts::add(std::shared_ptr<Layout> layout) {
  std::string id = new_tid();
  layout->keep(store_, id);
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

std::map<std::string, LayoutStatus> Layouts::list(std::int64_t now) const {
  std::map<std::string, LayoutStatus> out;
  std::lock_guard lock(mutex_);
  for (const auto& [id, layout] : layouts_)
    if (!is_forgotten(*layout, now)) out.emplace(id, layout->status());
  return out;
}

void Layouts::remove_old() {
  const std::int64_t now = std::time(nullptr);
  std::erase_if(layouts_, [this, now](const auto& entry) {
    const bool forgotten = is_forgotten(*entry.second, now);
    if (forgotten) store_->remove(entry.first, entry.second->status().nodes.size());
    return forgotten;
  });
}

}  // namespace server
