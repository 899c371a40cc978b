// shards: how many shards a test's server has.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>

namespace test {

// TEST_SHARDS in the environment, as ctest sets it for each number that the tests run with; 2 without it.
inline std::size_t shards() {
  const char* text = std::getenv("TEST_SHARDS");
  return text == nullptr ? 2 : std::stoul(text);
}

}  // namespace test
