#include "api/order_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/reply.hpp"

namespace server {

std::optional<std::string> OrderKeys::find(const Order& order) const {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(order);
  return found == tasks_.end() ? std::nullopt : std::optional(found->second);
}

void OrderKeys::add(const Order& order, std::string task) {
  const std::lock_guard lock(mutex_);
  if (!tasks_.insert_or_assign(order, std::move(task)).second) return;
  order_.push_back(order);
  if (order_.size() <= kOrderKeysKept) return;
  tasks_.erase(order_.front());
  order_.pop_front();
}

void check_order_key(const std::string& key) {
  const bool is_plain = std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
  if (!is_plain || key.size() > kOrderKeyMax)
    throw RequestError(400, fmt::format("bad param: key: at most {} letters, digits and '-'", kOrderKeyMax));
}

}  // namespace server
