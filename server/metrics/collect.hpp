// Asking metrics-agents, ours and originals: samples of now, what they collect, and to collect something
// else.
//
// The questions to one agent are asked on its shard. Throws what Hub::find_agent(), Call::next() and
// reply_as() throw.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/task.hpp"
#include "agent/wire/host.hpp"
#include "agent/wire/metrics.hpp"
#include "hub/hub.hpp"
#include "net/loop.hpp"

namespace server {

// `max_age`: agents of ours may answer from a sample that is not older; 0: they take a fresh one, as
// originals always do.
agent::Task<agent::wire::StaticReply> ask_facts(Hub* hub, std::string id, std::chrono::nanoseconds max_age);
agent::Task<agent::wire::DynamicReply> ask_samples(Hub* hub, std::string id,
                                                   agent::wire::DynamicRequest request);

// What the agent collects.
agent::Task<agent::wire::CollectStatus> ask_jobs(Hub* hub, std::string id);

// Makes the agent collect `jobs` and nothing else. An agent of ours answers with what it collects then; an
// original, which is not waited for, with nothing.
agent::Task<std::optional<agent::wire::CollectStatus>> change_jobs(Hub* hub, std::string id,
                                                                   std::vector<std::string> jobs);

// What became of a change at all metrics-agents.
struct JobsChange {
  struct Failure {
    std::string id;
    std::string msg;

    static void fields(auto& field) {
      field("id", &Failure::id, "agent id");
      field("msg", &Failure::msg, "why");
    }
  };

  std::int64_t total = 0;
  std::int64_t success = 0;
  std::int64_t failure = 0;
  std::int64_t confirmed = 0;
  std::vector<Failure> failures;  // at most kFailuresShown

  static void fields(auto& field) {
    field("total", &JobsChange::total, "metrics-agents that were told");
    field("success", &JobsChange::success,
          "that have done it; original agents, which do not answer, count as such");
    field("failure", &JobsChange::failure, "that refused, left or did not answer in time");
    field("confirmed", &JobsChange::confirmed, "of success, those that said so");
    field("failures", &JobsChange::failures, "the first hundred failures", agent::omit_empty);
  }
};
inline constexpr std::size_t kFailuresShown = 100;

// change_jobs() at all connected metrics-agents of `os` ("" = any), side by side. For coroutines on `here`.
// Throws nothing.
agent::Task<JobsChange> change_all_jobs(Hub* hub, agent::net::Loop* here, std::string os,
                                        std::vector<std::string> jobs);

}  // namespace server
