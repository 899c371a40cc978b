#include "hub/report_feed.hpp"

#include <iterator>
#include <vector>

#include "agent/error.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;

Follower::~Follower() { feed_.remove(*this); }

Task<std::optional<Follower::Notice>> Follower::next(agent::Event::Clock::time_point deadline) {
  if (notices_.empty()) co_await changed_.wait(deadline);
  if (notices_.empty()) co_return std::nullopt;
  std::optional<Notice> notice(std::move(notices_.front()));
  notices_.pop_front();
  if (*notice) waiting_bytes_ -= (*notice)->size();
  co_return notice;
}

void Follower::put(const Notice& notice) {
  const std::size_t bytes = notice ? notice->size() : 0;
  const bool is_full = notices_.size() >= kReportsWaiting ||
                       (!notices_.empty() && waiting_bytes_ + bytes > kReportBytesWaiting);
  if (is_full) {
    ++missed_;
    return;
  }
  waiting_bytes_ += bytes;
  notices_.push_back(notice);
  changed_.wake();
}

std::shared_ptr<Follower> ReportFeed::follow(const std::string& id) {
  const bool is_full = all_.fetch_add(1) >= kFollowersMax || followers_.count(id) >= kFollowersPerAgent;
  if (is_full) {
    all_.fetch_sub(1);
    throw Error(Errc::too_many, "too many clients follow reports");
  }
  auto follower = std::make_shared<Follower>(*this, id);
  followers_.emplace(id, follower);
  return follower;
}

void ReportFeed::remove(const Follower& follower) {
  all_.fetch_sub(1);
  // Its own entry is one of those that are dead by now; the others' owners will find theirs gone.
  const auto [begin, end] = followers_.equal_range(follower.agent());
  for (auto entry = begin; entry != end;)
    entry = entry->second.expired() ? followers_.erase(entry) : std::next(entry);
}

bool ReportFeed::publish(std::string_view id, const agent::Envelope& report) {
  return is_followed(id) && pass_on(id, std::make_shared<const std::string>(report.root().text()));
}

void ReportFeed::tell(std::string_view id) {
  if (is_followed(id)) pass_on(id, nullptr);
}

bool ReportFeed::pass_on(std::string_view id, const Follower::Notice& notice) {
  std::vector<std::shared_ptr<Follower>> all;  // they may end here
  const auto [begin, end] = followers_.equal_range(id);
  for (auto entry = begin; entry != end; ++entry) {
    if (auto follower = entry->second.lock()) all.push_back(std::move(follower));
  }
  for (const auto& follower : all) follower->put(notice);
  return !all.empty();
}

}  // namespace server
