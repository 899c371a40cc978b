#include "hub/capabilities.hpp"

#include <algorithm>

namespace server {

std::vector<std::string> common_capabilities(const std::vector<std::string>& offered) {
  std::vector<std::string> common;
  for (std::string_view ours : kCapabilities) {
    if (std::find(offered.begin(), offered.end(), ours) != offered.end()) common.emplace_back(ours);
  }
  return common;
}

}  // namespace server
