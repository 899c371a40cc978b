#include "views/cluster_state.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/json.hpp"

namespace server::views {
namespace {

using agent::json::Value;
using agent::json::Writer;
using store::Item;
using store::Revision;

void write_sorted(Writer& out, Value value) {
  if (value.is_array()) {
    out.begin_array();
    for (std::size_t i = 0; i < value.size(); ++i) write_sorted(out, value.at(i));
    out.end_array();
  } else if (value.is_object()) {
    std::map<std::string_view, Value> members;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto [name, member] = value.member(i);
      members.insert_or_assign(name, member);
    }
    out.begin_object();
    for (const auto& [name, member] : members) write_sorted(out.key(name), member);
    out.end_object();
  } else {
    out.raw(value.text());
  }
}

void decode(const std::string& text, NodeFacts& out) {
  out.json = sorted_json(text);
  if (!out.json.starts_with('{')) throw agent::Error(agent::Errc::bad_message, "expected an object");
}
void decode(const std::string&, Opaque&) {}
template <class T>
void decode(const std::string& text, T& out) {
  out = agent::json::decode<T>(text);
}

bool is_meant(std::string_view name, std::string_view wanted) {
  return wanted == "*" || name.starts_with(wanted);
}

}  // namespace

std::string_view folder_of(Area area) {
  switch (area) {
    case Area::config: return "config/";
    case Area::nodes: return "nodes/nodes/";
    case Area::depends: return "deployd/depends/pods/";
    case Area::pod_groups: return "deployd/pod_groups/";
    case Area::agents: return "agents/";
    case Area::tasks: return "tasks/";
    case Area::layouts: return "layouts/";
  }
  return {};
}

std::string_view name_of(Area area) {
  switch (area) {
    case Area::config: return "config";
    case Area::nodes: return "nodes";
    case Area::depends: return "depends";
    case Area::pod_groups: return "podgroup";
    case Area::agents: return "agents";
    case Area::tasks: return "tasks";
    case Area::layouts: return "layouts";
  }
  return {};
}

std::string sorted_json(std::string text) {
  const auto document = agent::json::Document::parse(std::move(text));
  Writer out;
  write_sorted(out, document.root());
  return out.take();
}

ClusterState::ClusterState(std::string_view prefix, const store::Snapshot& snapshot,
                           const ClusterState* before)
    : revision_(snapshot.revision) {
  const std::string root = std::string(prefix) + "/";
  for (const Item& item : snapshot.items)
    if (item->key.starts_with(root)) take(std::string_view(item->key).substr(root.size()), item, before);
  if (before == nullptr) {
    for (Removals& removals : removals_) removals.floor = revision_;
    return;
  }
  removals_ = before->removals_;
  note_removals(Area::config, &ClusterState::config_, *before);
  note_removals(Area::nodes, &ClusterState::nodes_, *before);
  note_removals(Area::depends, &ClusterState::depends_, *before);
  note_removals(Area::pod_groups, &ClusterState::pod_groups_, *before);
  note_removals(Area::agents, &ClusterState::agents_, *before);
  note_removals(Area::tasks, &ClusterState::tasks_, *before);
  note_removals(Area::layouts, &ClusterState::layouts_, *before);
}

// `path`: below the prefix.
void ClusterState::take(std::string_view path, const Item& item, const ClusterState* before) {
  for (const Area area : kAreas) {
    const std::string_view folder = folder_of(area);
    if (!path.starts_with(folder) || path.size() == folder.size()) continue;
    std::string name(path.substr(folder.size()));
    switch (area) {
      case Area::config: return take(&ClusterState::config_, std::move(name), item, before);
      case Area::nodes: return take(&ClusterState::nodes_, std::move(name), item, before);
      case Area::depends: return take(&ClusterState::depends_, std::move(name), item, before);
      case Area::pod_groups: return take(&ClusterState::pod_groups_, std::move(name), item, before);
      case Area::agents: return take(&ClusterState::agents_, std::move(name), item, before);
      case Area::tasks: return take(&ClusterState::tasks_, std::move(name), item, before);
      case Area::layouts: return take(&ClusterState::layouts_, std::move(name), item, before);
    }
  }
}

// The same item has the same value: it is immutable.
template <class T>
void ClusterState::take(Cells<T> ClusterState::*area, std::string name, const Item& item,
                        const ClusterState* before) {
  Cells<T>& cells = this->*area;
  if (before != nullptr) {
    const auto known = (before->*area).find(name);
    if (known != (before->*area).end() && known->second.item == item) {
      cells.emplace_hint(cells.end(), std::move(name), known->second);
      return;
    }
  }
  Cell<T> cell{item, nullptr, {}};
  try {
    auto value = std::make_shared<T>();
    decode(item->value, *value);
    cell.value = std::move(value);
  } catch (const agent::Error& error) {
    cell.fault = error.text();
  }
  cells.emplace_hint(cells.end(), std::move(name), std::move(cell));
}

template <class T>
void ClusterState::note_removals(Area area, Cells<T> ClusterState::*cells, const ClusterState& before) {
  Removals& known = removals(area);
  for (const auto& [name, cell] : before.*cells)
    if (!(this->*cells).contains(name)) known.list.push_back({name, cell.item->key, revision_});
  if (known.list.size() <= kRemovals) return;
  const auto end = known.list.end() - static_cast<std::ptrdiff_t>(kRemovals / 2);
  known.floor = std::max(known.floor, (end - 1)->revision);
  known.list.erase(known.list.begin(), end);
}

// Calls visit(cells) for those of the area.
template <class Visit>
void ClusterState::visit(Area area, Visit visit) const {
  switch (area) {
    case Area::config: return visit(config_);
    case Area::nodes: return visit(nodes_);
    case Area::depends: return visit(depends_);
    case Area::pod_groups: return visit(pod_groups_);
    case Area::agents: return visit(agents_);
    case Area::tasks: return visit(tasks_);
    case Area::layouts: return visit(layouts_);
  }
}

const Cells<NodeFacts>& ClusterState::facts(Area area) const {
  switch (area) {
    case Area::agents: return agents_;
    case Area::tasks: return tasks_;
    case Area::layouts: return layouts_;
    default: return nodes_;
  }
}

Revision ClusterState::changed(Area area, std::string_view name) const {
  Revision last = std::max(removals(area).floor, removed(area, name));
  visit(area, [&](const auto& cells) {
    for (const auto& [key, cell] : select(cells, name)) last = std::max(last, cell->item->modified);
  });
  return last;
}

Revision ClusterState::removed(Area area, std::string_view name) const {
  Revision last = 0;
  for (const Removal& removal : removals(area).list)
    if (is_meant(removal.name, name)) last = std::max(last, removal.revision);
  return last;
}

std::string ClusterState::only_fault(Area area, std::string_view name) const {
  std::string fault;
  visit(area, [&](const auto& cells) {
    for (const auto& [key, cell] : select(cells, name)) {
      if (cell->value) return fault.clear();
      if (fault.empty()) fault = "malformed value: " + cell->item->key + ": " + cell->fault;
    }
  });
  return fault;
}

ClusterState::Summary ClusterState::summary(Area area) const {
  Summary out;
  visit(area, [&](const auto& cells) {
    out.keys = cells.size();
    for (const auto& [name, cell] : cells) {
      if (cell.item->modified <= out.changed) continue;
      out.changed = cell.item->modified;
      out.last_key = cell.item->key;
    }
  });
  const std::vector<Removal>& gone = removals(area).list;
  if (!gone.empty() && gone.back().revision > out.changed) {
    out.changed = gone.back().revision;
    out.last_key = gone.back().key;
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> ClusterState::faults() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Area area : kAreas)
    visit(area, [&](const auto& cells) {
      for (const auto& [name, cell] : cells)
        if (!cell.value) out.emplace_back(cell.item->key, cell.fault);
    });
  return out;
}

}  // namespace server::views
