// Logs of numbered lines, of which a test can tell which are missing and which came twice.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "log_scene.hpp"

namespace test {

inline constexpr const char* kGlob = R"("mode": "tailx")";

inline std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

// "": every line below the count is there, and once.
inline std::string difference(const std::vector<std::string>& lines, int count) {
  std::string text;
  const std::multiset<std::string> found(lines.begin(), lines.end());
  for (int i = 0; i < count; ++i) {
    const std::size_t times = found.count("line " + std::to_string(i));
    if (times != 1) text += std::to_string(i) + " came " + std::to_string(times) + " times\n";
  }
  return text.substr(0, 2000);
}

// Lets an open file go that has lost its name and was read.
inline void pass_grace(LogScene& scene) {
  scene.now += std::chrono::seconds(6);
  scene.discover();
}

}  // namespace test
