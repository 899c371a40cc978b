#include "commands/audience.hpp"

#include <algorithm>
#include <utility>

namespace server {

Audience::Seat Audience::join(std::string client, std::string who, std::uint64_t seen, bool types) {
  const bool comes_back = types && replace(client);
  viewers_.push_back({++last_, std::move(client), std::move(who), seen, types});
  if (comes_back || (types && writer_ == 0)) writer_ = last_;
  return last_;
}

// Its old connections may not know yet that they are lost. What still comes over them was typed again since,
// or will be, and is refused for ever.
bool Audience::replace(std::string_view client) {
  if (client.empty()) return false;
  bool wrote = false;
  for (Viewer& viewer : viewers_) {
    if (viewer.client != client) continue;
    viewer.types = false;
    viewer.is_replaced = true;
    wrote = wrote || viewer.seat == writer_;
  }
  return wrote;
}

// The next one who would like to type does.
void Audience::leave(Seat seat) {
  std::erase_if(viewers_, [seat](const Viewer& viewer) { return viewer.seat == seat; });
  if (writer_ != seat) return;
  const auto next = std::find_if(viewers_.begin(), viewers_.end(), [](const Viewer& v) { return v.types; });
  writer_ = next == viewers_.end() ? 0 : next->seat;
}

bool Audience::take_over(Seat seat) {
  Viewer* const viewer = find(seat);
  if (viewer == nullptr || viewer->is_replaced) return false;
  viewer->types = true;
  writer_ = seat;
  return true;
}

std::string_view Audience::writer_name() const {
  const auto found = std::find_if(viewers_.begin(), viewers_.end(),
                                  [this](const Viewer& viewer) { return viewer.seat == writer_; });
  return found == viewers_.end() ? std::string_view() : found->who;
}

void Audience::saw(Seat seat, std::uint64_t offset) {
  if (Viewer* const viewer = find(seat)) viewer->seen = std::max(viewer->seen, offset);
}

std::uint64_t Audience::fastest() const {
  std::uint64_t most = 0;
  for (const Viewer& viewer : viewers_) most = std::max(most, viewer.seen);
  return most;
}

std::uint64_t Audience::next_for(std::uint64_t offset, std::uint64_t total, std::uint64_t keeps) const {
  const bool others_follow = fastest() > offset + kFarBehind / 2;
  if (!others_follow || total <= offset + kFarBehind) return offset;
  return total - keeps;
}

std::optional<std::uint64_t> Audience::typed(std::string_view client) const {
  const auto found = std::find_if(typed_.begin(), typed_.end(),
                                  [client](const auto& counted) { return counted.first == client; });
  return found == typed_.end() ? std::nullopt : std::optional(found->second);
}

void Audience::count_typed(Seat seat, std::size_t bytes) {
  const Viewer* const viewer = find(seat);
  if (viewer == nullptr || viewer->client.empty()) return;
  const auto found = std::find_if(typed_.begin(), typed_.end(),
                                  [&](const auto& counted) { return counted.first == viewer->client; });
  std::pair<std::string, std::uint64_t> counted(viewer->client, 0);
  if (found != typed_.end()) {
    counted = std::move(*found);
    typed_.erase(found);
  }
  counted.second += bytes;
  typed_.push_back(std::move(counted));
  if (typed_.size() > kCountedClients) typed_.pop_front();
}

void Audience::note(std::uint64_t seq, std::uint64_t end) {
  if (seq != 0) noted_.emplace_back(seq, end);
}

std::uint64_t Audience::may_acknowledge(std::uint64_t seq) {
  const std::uint64_t limit = fastest() + kOutputAhead;
  std::uint64_t most = seq;
  for (const auto& [noted, end] : noted_) {
    if (noted > seq) break;
    if (!is_empty() && end > limit) {
      most = noted - 1;
      break;
    }
  }
  while (!noted_.empty() && noted_.front().first <= most) noted_.pop_front();
  return most;
}

Audience::Viewer* Audience::find(Seat seat) {
  const auto found = std::find_if(viewers_.begin(), viewers_.end(),
                                  [seat](const Viewer& viewer) { return viewer.seat == seat; });
  return found == viewers_.end() ? nullptr : &*found;
}

}  // namespace server
