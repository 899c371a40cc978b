// ReportFeed: the messages that agents send by themselves, for whoever follows them.
//
// One per shard, of whose loop it and its followers are. Reports of agents that nobody follows cost one look.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/message.hpp"
#include "agent/task.hpp"
#include "base/event.hpp"

namespace server {

// Followers of one agent, and of all agents of all shards.
inline constexpr std::size_t kFollowersPerAgent = 64;
inline constexpr std::size_t kFollowersMax = 1024;
// What waits for one follower; further reports are missed, and counted.
inline constexpr std::size_t kReportsWaiting = 1024;
inline constexpr std::size_t kReportBytesWaiting = 1024 * 1024;

class ReportFeed;

// Follower: what one client has not taken yet of the reports of one agent. Belongs to the
// agent's shard.
class Follower {
 public:
  Follower(ReportFeed& feed, std::string agent) : feed_(feed), agent_(std::move(agent)) {}
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  const std::string& agent() const { return agent_; }

  // A report as JSON, or nullptr when the agent has come or gone.
  using Notice = std::shared_ptr<const std::string>;

  // The oldest notice, or none that came by `deadline`. One waiter.
  agent::Task<std::optional<Notice>> next(agent::Event::Clock::time_point deadline);
  // How many reports were missed since this was asked last.
  std::uint64_t take_missed() { return std::exchange(missed_, 0); }

 private:
  friend class ReportFeed;
  void put(const Notice& notice);

  ReportFeed& feed_;
  const std::string agent_;
  std::size_t waiting_bytes_ = 0;  // of notices_
  std::uint64_t missed_ = 0;
  std::deque<Notice> notices_;
  agent::Event changed_;
};

class ReportFeed {
 public:
  // `all`: the followers of all shards, who have one limit. It outlives the feed.
  explicit ReportFeed(std::atomic<std::size_t>& all) : all_(all) {}
  ReportFeed(const ReportFeed&) = delete;
  ReportFeed& operator=(const ReportFeed&) = delete;

  // Follows the agent `id`, connected or not, until the Follower ends. The feed outlives it. Throws too_many.
  std::shared_ptr<Follower> follow(const std::string& id);

  // Somebody follows it.
  bool is_followed(std::string_view id) const { return !followers_.empty() && followers_.contains(id); }
  // The agent has sent this. False: nobody follows it.
  bool publish(std::string_view id, const agent::Envelope& report);
  // It has come or gone.
  void tell(std::string_view id);

 private:
  friend class Follower;
  using Followers = std::multimap<std::string, std::weak_ptr<Follower>, std::less<>>;
  bool pass_on(std::string_view id, const Follower::Notice& notice);
  void remove(const Follower& follower);

  std::atomic<std::size_t>& all_;
  Followers followers_;
};

}  // namespace server
