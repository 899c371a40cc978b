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

#include "agent/fields.hpp"
#include "agent/task.hpp"
#include "net/loop.hpp"

namespace server {

// Nodes of a group that run at the same time; the others follow as these end.
inline constexpr std::size_t kLayoutParallel = 100;
// The originals' time of what has not happened: Go's zero time.
inline constexpr std::int64_t kNoTime = -62135596800;

struct LayoutNode {
  std::string id;
  std::int64_t begin = kNoTime;
  std::int64_t end = kNoTime;
  std::string status = "waiting";
  std::string err;
  std::int64_t group = 0;
  std::int64_t started = 0;
  std::int64_t ended = 0;
  std::int64_t code = 0;
  std::string task_id;

  static void fields(auto& field) {
    using agent::omit_empty;
    field("id", &LayoutNode::id, "agent id");
    field("begin", &LayoutNode::begin, "Unix seconds of its start, -62135596800 before");
    field("end", &LayoutNode::end, "Unix seconds of its end, -62135596800 before");
    field("status", &LayoutNode::status, "waiting, running or done");
    field("err", &LayoutNode::err, "why it failed, empty otherwise");
    field("group", &LayoutNode::group, "its group");
    field("started", &LayoutNode::started, "Unix seconds of its start, absent before", omit_empty);
    field("ended", &LayoutNode::ended, "Unix seconds of its end, absent before", omit_empty);
    field("code", &LayoutNode::code, "exit code, 0 before its end");
    field("task_id", &LayoutNode::task_id, "the task that ran it", omit_empty);
  }
};

struct LayoutStatus {
  std::int64_t begin = kNoTime;
  std::int64_t end = kNoTime;
  bool done = false;
  std::int64_t index = 0;
  std::vector<LayoutNode> nodes;
  std::int64_t ended = 0;

  static void fields(auto& field) {
    field("begin", &LayoutStatus::begin, "Unix seconds of its start");
    field("end", &LayoutStatus::end, "Unix seconds of its end, -62135596800 before");
    field("done", &LayoutStatus::done, "nothing runs any more");
    field("index", &LayoutStatus::index, "the group that runs, or ran last");
    field("nodes", &LayoutStatus::nodes, "in the order they were given");
    field("ended", &LayoutStatus::ended, "Unix seconds of its end, absent before", agent::omit_empty);
  }
};

// What became of one node. Empty `err`: it did what it should.
struct LayoutOutcome {
  std::string err;
  std::int64_t code = 0;
  std::string task_id;
};

class Layout : public std::enable_shared_from_this<Layout> {
 public:
  // Runs the work on one agent. May throw; the text is the node's error.
  using RunNode = std::function<agent::Task<LayoutOutcome>(std::string agent)>;

  struct Node {
    std::string agent;
    std::int64_t group = 0;
  };

  // `stop_on_error`: a group with a failure is the last one.
  Layout(std::vector<Node> nodes, bool stop_on_error, RunNode run, std::size_t parallel = kLayoutParallel);

  // To the end. Once.
  static agent::Task<> run(std::shared_ptr<Layout> self, agent::net::Loop* loop);

  LayoutStatus status() const;

 private:
  struct Crew;
  std::vector<std::size_t> group_nodes(std::int64_t group) const;
  static agent::Task<> run_group(std::shared_ptr<Layout> self, agent::net::Loop* loop, std::int64_t group);
  static agent::Task<> work(std::shared_ptr<Layout> self, std::shared_ptr<Crew> crew);
  static agent::Task<LayoutOutcome> attempt(std::shared_ptr<Layout> self, std::string agent);
  void begin_node(std::size_t index);
  void end_node(std::size_t index, const LayoutOutcome& outcome);
  bool has_failed(std::int64_t group) const;
  template <class Change>
  void change(Change change);

  const bool stop_on_error_;
  const RunNode run_;
  const std::size_t parallel_;
  mutable std::mutex mutex_;
  LayoutStatus status_;
};

// Layouts: those that run and those that ended within the last hour. Thread-safe.
class Layouts {
 public:
  // Its id.
  std::string add(std::shared_ptr<Layout> layout);
  // At `now`, Unix seconds. Throws not_found "task".
  std::shared_ptr<Layout> find(std::string_view id, std::int64_t now) const;

 private:
  void remove_old();

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Layout>, std::less<>> layouts_;
};

}  // namespace server
