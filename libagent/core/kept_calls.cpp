#include "core/kept_calls.hpp"

#include <algorithm>
#include <utility>

namespace agent::core {

bool KeptCalls::add(std::string_view tid, int type, Pace pace) {
  auto [call, is_new] = calls_.try_emplace(std::string(tid));
  if (is_new) {
    call->second.type = type;
    call->second.pace = pace;
  }
  return is_new;
}

bool KeptCalls::is_repeated(std::string_view tid, int type) const {
  auto call = find(tid);
  return call != calls_.end() && call->second.type == type;
}

void KeptCalls::finish(std::string_view tid) {
  auto call = find(tid);
  if (call == calls_.end()) return;
  call->second.finished = true;
  if (call->second.replies.empty()) erase(call);
}

void KeptCalls::clear() {
  calls_.clear();
  due_.clear();
  bytes_ = 0;
}

std::uint64_t KeptCalls::next(std::string_view tid) const {
  auto call = find(tid);
  return call == calls_.end() ? 0 : call->second.next();
}

void KeptCalls::push(std::string_view tid, std::string text) {
  auto call = find(tid);
  if (call == calls_.end()) return;
  Kept& kept = call->second;
  kept.bytes += text.size();
  bytes_ += text.size();
  const bool was_due = kept.is_due();
  kept.replies.push_back(std::move(text));
  if (!was_due && kept.is_due()) due_.push_back(&kept);
}

std::uint64_t KeptCalls::last_taken(std::string_view tid) const {
  auto call = find(tid);
  return call == calls_.end() || call->second.taken == 0 ? 0 : call->second.first + call->second.taken - 1;
}

bool KeptCalls::has_unsettled() const {
  return std::any_of(calls_.begin(), calls_.end(), [](const auto& call) { return call.second.finished; });
}

bool KeptCalls::has_room(std::string_view tid) const {
  auto call = find(tid);
  return call == calls_.end() || (call->second.bytes < kKeptPerCall && !is_full());
}

std::optional<KeptCalls::Reply> KeptCalls::take() {
  if (due_.empty()) return std::nullopt;
  Kept& kept = *due_.front();
  due_.pop_front();
  const std::uint64_t number = kept.first + kept.taken;
  Reply reply{kept.replies[kept.taken++], number, number <= kept.ever_taken, kept.pace};
  kept.ever_taken = std::max(kept.ever_taken, number);
  if (kept.is_due()) due_.push_back(&kept);
  return reply;
}

wire::Held KeptCalls::begin() {
  end();
  wire::Held held;
  for (const auto& [tid, kept] : calls_) held.calls.push_back({tid, kept.first, kept.next()});
  return held;
}

void KeptCalls::end() {
  due_.clear();
  for (auto& [tid, kept] : calls_) {
    kept.open = false;
    kept.taken = 0;
  }
}

KeptCalls::Acked KeptCalls::ack(std::string_view tid, const wire::Ack& ack) {
  auto call = find(tid);
  if (call == calls_.end()) return Acked::well;
  Kept& kept = call->second;
  const bool is_fault = std::max(ack.seq, ack.have) >= kept.next();
  if (is_fault || ack.over) {
    erase(call);
    return ack.over ? Acked::over : Acked::fault;
  }
  const bool was_due = kept.is_due();
  drop_replies(kept, ack.seq);
  if (ack.have >= kept.first) kept.taken = std::max(kept.taken, std::size_t(ack.have - kept.first + 1));
  kept.open = true;
  if (kept.finished && kept.replies.empty()) {
    erase(call);
  } else if (!was_due && kept.is_due()) {
    due_.push_back(&kept);
  } else if (was_due && !kept.is_due()) {
    std::erase(due_, &kept);
  }
  return Acked::well;
}

void KeptCalls::drop_replies(Kept& kept, std::uint64_t up_to) {
  for (; !kept.replies.empty() && kept.first <= up_to; ++kept.first) {
    kept.bytes -= kept.replies.front().size();
    bytes_ -= kept.replies.front().size();
    kept.replies.pop_front();
    if (kept.taken > 0) --kept.taken;
  }
}

void KeptCalls::erase(Calls::iterator call) {
  std::erase(due_, &call->second);
  bytes_ -= call->second.bytes;
  calls_.erase(call);
}

}  // namespace agent::core
