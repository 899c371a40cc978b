// ClusterState: the part of the store that views show, decoded: each value once, however many views show it.
//
// Immutable: every thread may read one. A value that is malformed spoils only itself.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/key_value.hpp"
#include "views/pod_group.hpp"

namespace server::views {

// Folders below the prefix: of a cluster, and of this server's own fleet.
enum class Area { config, nodes, depends, pod_groups, agents, tasks, layouts };
inline constexpr std::array<Area, 7> kAreas{Area::config, Area::nodes, Area::depends, Area::pod_groups,
                                            Area::agents, Area::tasks, Area::layouts};
inline constexpr std::array<Area, 4> kClusterAreas{Area::config, Area::nodes, Area::depends,
                                                   Area::pod_groups};
// "config/", "nodes/nodes/", "deployd/depends/pods/", "deployd/pod_groups/", "agents/", "tasks/", "layouts/"
std::string_view folder_of(Area area);
// "config", "nodes", "depends", "podgroup": what the originals call it; "agents", "tasks", "layouts".
std::string_view name_of(Area area);

// Values of one area, found by the rest of their keys.
template <class T>
struct Cell {
  store::Item item;
  std::shared_ptr<const T> value;  // null: malformed
  std::string fault;               // of a malformed one: what was expected where
};
template <class T>
using Cells = std::map<std::string, Cell<T>, std::less<>>;

// Config values are bytes, as they are: Cell::item has them.
struct Opaque {};
// Any JSON object, its keys in order.
struct NodeFacts {
  std::string json;
};

// Those that a request means: the very name if it is there, else all that begin with it; "" and "*" all.
template <class T>
std::vector<std::pair<std::string_view, const Cell<T>*>> select(const Cells<T>& cells,
                                                                std::string_view name) {
  if (name == "*") name = {};
  if (const auto exact = cells.find(name); exact != cells.end()) return {{exact->first, &exact->second}};
  std::vector<std::pair<std::string_view, const Cell<T>*>> found;
  for (auto at = cells.lower_bound(name); at != cells.end() && at->first.starts_with(name); ++at)
    found.emplace_back(at->first, &at->second);
  return found;
}

// Keys that went away, per area, of which there is only as much.
inline constexpr std::size_t kRemovals = 1000;

class ClusterState {
 public:
  // `prefix`: "/lain". `before`: the state that this one follows in the same life of the store, whose decoded
  // values are used again; null: there is none.
  ClusterState(std::string_view prefix, const store::Snapshot& snapshot, const ClusterState* before);

  store::Revision revision() const { return revision_; }
  const Cells<Opaque>& config() const { return config_; }
  const Cells<NodeFacts>& nodes() const { return nodes_; }
  // The areas whose values are any objects: nodes and all of the fleet.
  const Cells<NodeFacts>& facts(Area area) const;
  const Cells<Dependents>& depends() const { return depends_; }
  const Cells<PodGroup>& pod_groups() const { return pod_groups_; }

  // The last change of these names; never less than that, nor than the first state's revision.
  store::Revision changed(Area area, std::string_view name) const;
  // The last removal of any of these names; 0: none is known.
  store::Revision removed(Area area, std::string_view name) const;
  // Why nothing of what the name means can be shown; "": there is something, or there is nothing to show.
  std::string only_fault(Area area, std::string_view name) const;

  struct Summary {
    std::size_t keys = 0;
    store::Revision changed = 0;  // of the last change
    std::string last_key;         // that was put or removed then
  };
  Summary summary(Area area) const;
  // The keys of malformed values, and why, in order.
  std::vector<std::pair<std::string, std::string>> faults() const;

 private:
  struct Removal {
    std::string name;
    std::string key;
    store::Revision revision;  // of the first state without it
  };
  struct Removals {
    store::Revision floor = 0;  // earlier ones are not known
    std::vector<Removal> list;
  };

  void take(std::string_view path, const store::Item& item, const ClusterState* before);
  template <class T>
  void take(Cells<T> ClusterState::*area, std::string name, const store::Item& item,
            const ClusterState* before);
  template <class T>
  void note_removals(Area area, Cells<T> ClusterState::*cells, const ClusterState& before);
  template <class Visit>
  void visit(Area area, Visit visit) const;
  Removals& removals(Area area) { return removals_[static_cast<std::size_t>(area)]; }
  const Removals& removals(Area area) const { return removals_[static_cast<std::size_t>(area)]; }

  const store::Revision revision_;
  Cells<Opaque> config_;
  Cells<NodeFacts> nodes_;
  Cells<Dependents> depends_;
  Cells<PodGroup> pod_groups_;
  Cells<NodeFacts> agents_;
  Cells<NodeFacts> tasks_;
  Cells<NodeFacts> layouts_;
  std::array<Removals, kAreas.size()> removals_;
};

// JSON with its keys in order, as Go writes a map: of duplicates the last one counts, numbers keep their
// digits. Throws Errc::bad_message.
std::string sorted_json(std::string text);

}  // namespace server::views
