// Layout: one piece of work on many agents, group by group (reference HTTP API, A.2 layout).
//
// Groups run in ascending order, the nodes of a group at once. It runs on the loop that starts it; status()
// is for any thread. A node that fails touches no other one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "agent/task.hpp"
#include "commands/layout_status.hpp"
#include "commands/layout_store.hpp"
#include "net/loop.hpp"

namespace server {

// Nodes of a group that run at the same time; the others follow as these end.
inline constexpr std::size_t kLayoutParallel = 100;
// What became of one node. Empty `err`: it did what it should.
struct LayoutOutcome {
  std::string err;
  std::int64_t code = 0;
  std::int64_t ended = 0;  // Unix seconds, 0 = now
  bool goes_on = false;    // this server ends, and the node's command does not
  CommandAccount account{};
};

class Layout : public std::enable_shared_from_this<Layout> {
 public:
  // Told the id of the command that runs a node, once there is one.
  using Started = std::function<void(const std::string& command)>;
  // Runs the work on one agent. May throw; the text is the node's error.
  using RunNode = std::function<agent::Task<LayoutOutcome>(std::string agent, Started started)>;
  // What has become of a node whose command an earlier server began; goes_on: it runs still.
  using Look = std::function<LayoutOutcome(const LayoutNode&)>;

  struct Node {
    std::string agent;
    std::int64_t group = 0;
  };

  // `stop_on_error`: a group with a failure is the last one.
  Layout(std::vector<Node> nodes, bool stop_on_error, RunNode run, std::size_t parallel = kLayoutParallel);
  // One that an earlier server began: nothing more of it is started.
  Layout(LayoutStatus found, std::int64_t found_at);

  // From now on what changes is stored under `id`, and what is already so, too.
  void keep(std::shared_ptr<LayoutStore> store, std::string id);

  // To the end, or until this server ends. Once.
  static agent::Task<> run(std::shared_ptr<Layout> self, agent::net::Loop* loop);

  // Takes over what has become of the nodes that an earlier server began.
  void settle(const Look& look);

  LayoutStatus status() const;
  // Unix seconds when this server found it; 0: it is its own.
  std::int64_t found_at() const { return found_at_; }

 private:
  struct Crew;
  std::vector<std::size_t> group_nodes(std::int64_t group) const;
  static agent::Task<> run_group(std::shared_ptr<Layout> self, agent::net::Loop* loop, std::int64_t group);
  static agent::Task<> work(std::shared_ptr<Layout> self, std::shared_ptr<Crew> crew);
  static agent::Task<LayoutOutcome> attempt(std::shared_ptr<Layout> self, std::size_t index);
  void begin_node(std::size_t index);
  void end_node(std::size_t index, const LayoutOutcome& outcome);
  void finish();
  bool has_failed(std::int64_t group) const;
  template <class Change>
  void change(Change change);
  template <class Change>
  void change_node(std::size_t index, Change change);

  const bool stop_on_error_ = true;
  const RunNode run_;
  const std::size_t parallel_ = 0;
  const std::int64_t found_at_ = 0;
  bool goes_on_ = false;  // with the next server
  mutable std::mutex mutex_;
  LayoutStatus status_;
  std::shared_ptr<LayoutStore> store_;
  std::string id_;
};

// Layouts: those that run and those that ended within the last hour, also under an earlier server.
// Thread-safe.
class Layouts {
 public:
  // They are stored in `directory`. Throws Errc::io.
  explicit Layouts(const std::string& directory);

  // Its id.
  std::string add(std::shared_ptr<Layout> layout);
  // At `now`, Unix seconds. Throws not_found "task".
  std::shared_ptr<Layout> find(std::string_view id, std::int64_t now) const;
  // How those fare that find() finds, by id.
  std::map<std::string, LayoutStatus> list(std::int64_t now) const;

 private:
  void remove_old();

  const std::shared_ptr<LayoutStore> store_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Layout>, std::less<>> layouts_;
};

}  // namespace server
