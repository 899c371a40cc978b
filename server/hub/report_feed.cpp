#include "hub/report_feed.hpp"

#include <iterator>
#include <utility>
#include <vector>

#include "agent/error.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;

Follower::Follower(ReportFeed& feed, std::string agent, Shard& home)
    : feed_(feed), agent_(std::move(agent)), home_(home) {}

Follower::~Follower() { feed_.remove(*this); }

Task<std::optional<Follower::Notice>> Follower::next(agent::Event::Clock::time_point deadline) {
  if (notices_.empty()) co_await changed_.wait(deadline);
  if (notices_.empty()) co_return std::nullopt;
  std::optional<Notice> notice(std::move(notices_.front()));
  notices_.pop_front();
  waiting_.fetch_sub(1);
  if (*notice) waiting_bytes_.fetch_sub((*notice)->size());
  co_return notice;
}

void Follower::put(Notice notice) {
  const std::size_t bytes = notice ? notice->size() : 0;
  const bool is_full =
      waiting_ >= kReportsWaiting || (waiting_ > 0 && waiting_bytes_ + bytes > kReportBytesWaiting);
  if (is_full) {
    missed_.fetch_add(1);
    return;
  }
  waiting_.fetch_add(1);
  waiting_bytes_.fetch_add(bytes);
  home_.mailbox().run([self = shared_from_this(), notice = std::move(notice)] {
    self->notices_.push_back(notice);
    self->changed_.wake();
  });
}

std::shared_ptr<Follower> ReportFeed::follow(const std::string& id, Shard& home) {
  auto follower = std::make_shared<Follower>(*this, id, home);
  const std::lock_guard lock(mutex_);
  if (followers_.size() >= kFollowersMax || followers_.count(id) >= kFollowersPerAgent)
    throw Error(Errc::too_many, "too many clients follow reports");
  followers_.emplace(id, follower);
  count_ = followers_.size();
  return follower;
}

void ReportFeed::remove(const Follower& follower) {
  const std::lock_guard lock(mutex_);
  // Its own entry is one of those that are dead by now; the others' owners will find theirs gone.
  const auto [begin, end] = followers_.equal_range(follower.agent());
  for (auto entry = begin; entry != end;)
    entry = entry->second.expired() ? followers_.erase(entry) : std::next(entry);
  count_ = followers_.size();
}

bool ReportFeed::is_followed(std::string_view id) {
  if (count_ == 0) return false;
  const std::lock_guard lock(mutex_);
  return followers_.contains(id);
}

bool ReportFeed::publish(std::string_view id, const agent::Envelope& report) {
  return is_followed(id) && pass_on(id, std::make_shared<const std::string>(report.root().text()));
}

void ReportFeed::tell(std::string_view id) {
  if (count_ > 0) pass_on(id, nullptr);
}

bool ReportFeed::pass_on(std::string_view id, const Follower::Notice& notice) {
  std::vector<std::shared_ptr<Follower>> all;  // they may end here, without the lock
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = followers_.equal_range(id);
    for (auto entry = begin; entry != end; ++entry) {
      if (auto follower = entry->second.lock()) all.push_back(std::move(follower));
    }
  }
  for (const auto& follower : all) follower->put(notice);
  return !all.empty();
}

}  // namespace server
