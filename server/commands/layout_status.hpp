// LayoutStatus: how a layout and its nodes fare, as the API shows it and as it is stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/fields.hpp"
#include "commands/command_account.hpp"

namespace server {

// The originals' time of what has not happened: Go's zero time.
inline constexpr std::int64_t kNoTime = -62135596800;

namespace node_status {
inline constexpr const char* waiting = "waiting";
inline constexpr const char* running = "running";
inline constexpr const char* done = "done";
}  // namespace node_status

struct LayoutNode : CommandAccount {
  std::string id;
  std::int64_t begin = kNoTime;
  std::int64_t end = kNoTime;
  std::string status = node_status::waiting;
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
    field("err", &LayoutNode::err, "why it failed or never ran, empty otherwise");
    field("group", &LayoutNode::group, "its group");
    field("started", &LayoutNode::started, "Unix seconds of its start, absent before", omit_empty);
    field("ended", &LayoutNode::ended, "Unix seconds of its end, absent before", omit_empty);
    field("code", &LayoutNode::code, "exit code, 0 before its end");
    CommandAccount::fields(field);
    field("task_id", &LayoutNode::task_id, "the task that runs it, or ran it", omit_empty);
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

}  // namespace server
