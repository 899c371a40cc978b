// EtcdEndpoints: whose turn it is of several members, and how long to wait before the next attempt. Pure: the
// randomness is a parameter. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace server::store {

class EtcdEndpoints {
 public:
  // The longest wait between two rounds. All of them are whole again within it.
  static constexpr std::chrono::milliseconds kLongestWait{2000};

  // Begins anywhere, so that many servers do not all ask the first. `random` gives numbers in [0, 1).
  EtcdEndpoints(std::vector<std::string> endpoints, std::function<double()> random);

  const std::string& current() const { return endpoints_[current_]; }
  // It is the next one's turn, unless it is so already because of another failure of `endpoint`. Gives how
  // long to wait: nothing while there are others to try, then up to 100, 200, 400 ... ms.
  std::chrono::milliseconds failed(const std::string& endpoint);
  void succeeded() { failures_ = 0; }

 private:
  std::vector<std::string> endpoints_;
  std::function<double()> random_;
  std::size_t current_;
  std::size_t failures_ = 0;  // without a success between them
};

}  // namespace server::store
