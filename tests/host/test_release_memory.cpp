#include "agent/memory.hpp"

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "host/proc_text.hpp"
#include "tests/support/sanitized.hpp"

using namespace agent;

namespace {

std::uint64_t resident_kilobytes() {
  return host::leading_number(host::field_of(host::read_text("/proc/self/status"), "RssAnon", ':'));
}

}  // namespace

TEST_CASE("Memory that is free between blocks in use is given back", "[host]") {
  if (test::kSanitized) return;  // their allocators keep what is freed
  constexpr std::size_t kBlocks = 16 * 1024;
  constexpr std::size_t kSize = 1000;
  std::vector<std::unique_ptr<char[]>> blocks;
  blocks.reserve(kBlocks);
  for (std::size_t i = 0; i < kBlocks; ++i) blocks.push_back(std::make_unique<char[]>(kSize));
  const auto last = std::make_unique<char[]>(kSize);  // what is in use keeps the heap from becoming shorter
  blocks.clear();
  const std::uint64_t before = resident_kilobytes();
  release_memory();
  CHECK(resident_kilobytes() + 8 * 1024 < before);
}
