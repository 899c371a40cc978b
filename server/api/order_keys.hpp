// OrderKeys: which commands were ordered under a key of the client's own, so that an order which comes twice
// runs once: browsers and proxies send a request again when the connection broke before its answer.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace server {

// Characters of a key: letters, digits and '-'.
inline constexpr std::size_t kOrderKeyMax = 64;
// Keys that are known; the oldest are forgotten first. Clients that send an order again do so within seconds.
inline constexpr std::size_t kOrderKeysKept = 16 * 1024;

class OrderKeys {
 public:
  struct Order {
    std::string who;  // name of the token: nobody learns of another one's commands
    std::string agent;
    std::string key;
    auto operator<=>(const Order&) const = default;
  };

  // The task that was ordered so.
  std::optional<std::string> find(const Order& order) const;
  void add(const Order& order, std::string task);

 private:
  mutable std::mutex mutex_;
  std::map<Order, std::string> tasks_;
  std::deque<Order> order_;  // of their coming
};

// Throws RequestError 400 for what is no key.
void check_order_key(const std::string& key);

}  // namespace server
