// Samples: durations in microseconds and their quantiles.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bench {

class Samples {
 public:
  void add(double us) { values_.push_back(us); }
  std::size_t size() const { return values_.size(); }

  // `share` in [0,1]; 0 without samples.
  double quantile(double share) {
    if (values_.empty()) return 0;
    auto at = static_cast<std::size_t>(share * static_cast<double>(values_.size() - 1));
    std::nth_element(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(at), values_.end());
    return values_[at];
  }

 private:
  std::vector<double> values_;
};

}  // namespace bench
