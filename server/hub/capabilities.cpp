#include "hub/capabilities.hpp"

#include <algorithm>

namespace server {

std::vector<std::string> common_capabilities(const std::vector<std::string>& offered,
                                             const std::vector<std::string>& allowed) {
  const auto has = [](const std::vector<std::string>& list, std::string_view capability) {
    return std::find(list.begin(), list.end(), capability) != list.end();
  };
  std::vector<std::string> common;
  for (std::string_view ours : kCapabilities) {
    if (has(offered, ours) && has(allowed, ours)) common.emplace_back(ours);
  }
  return common;
}

}  // namespace server
