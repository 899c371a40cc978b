#include "agent/memory.hpp"

#include <malloc.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "host/proc_text.hpp"
#include "host/program_pages.hpp"
#include "tests/support/sanitized.hpp"

using namespace agent;

namespace {

std::uint64_t resident_kilobytes() {
  return host::leading_number(host::field_of(host::read_text("/proc/self/status"), "RssAnon", ':'));
}

// More than the kernel maps around what is used: these are in the program's file.
constexpr std::size_t kConstants = 2 * 1024 * 1024;
constexpr std::array<unsigned char, kConstants> constants{1, 2, 3};

// Looks at each of them.
std::size_t sum_of_constants() {
  const volatile unsigned char* at = constants.data();
  std::size_t sum = 0;
  for (std::size_t i = 0; i < kConstants; ++i) sum += at[i];
  return sum;
}

// Kilobytes of the mapping that has the constants.
std::uint64_t resident_constants() {
  const auto address = reinterpret_cast<std::uintptr_t>(constants.data());
  std::istringstream lines(host::read_text("/proc/self/smaps"));
  bool is_ours = false;
  for (std::string line; std::getline(lines, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%zx-%zx ", &begin, &end) == 2) is_ours = address >= begin && address < end;
    if (is_ours && line.starts_with("Rss:")) return host::leading_number(host::field_of(line, "Rss", ':'));
  }
  return 0;
}

}  // namespace

TEST_CASE("Constants and code of the program are given back, and are there when they are used again",
          "[host]") {
  CHECK(sum_of_constants() == 6);
  const std::uint64_t before = resident_constants();
  REQUIRE(before >= kConstants / 1024);
  host::release_program_pages();
  CHECK(resident_constants() + kConstants / 1024 / 2 < before);
  CHECK(sum_of_constants() == 6);
}

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

TEST_CASE("A large block is none of the heap, although larger ones were freed before", "[host]") {
  if (test::kSanitized) return;
  share_heap();
  constexpr std::size_t kLarge = 16 * 1024 * 1024;
  constexpr std::size_t kSize = 4 * 1024 * 1024;
  std::make_unique<char[]>(kLarge).reset();
  release_memory();                                 // what is free at the heap's end would be taken first
  const std::size_t before = ::mallinfo2().hblkhd;  // bytes of blocks that are mappings
  const auto block = std::make_unique<char[]>(kSize);
  CHECK(::mallinfo2().hblkhd >= before + kSize);
}

TEST_CASE("What is free at the heap's end stays for the next batch, until it is given back", "[host]") {
  if (test::kSanitized) return;
  share_heap();
  constexpr std::size_t kSize = 2 * 1024 * 1024;
  release_memory();
  std::make_unique<char[]>(kSize).reset();
  const std::uint64_t used = resident_kilobytes();
  for (int i = 0; i < 100; ++i) std::make_unique<char[]>(kSize).reset();
  CHECK(resident_kilobytes() < used + 512);
  CHECK(resident_kilobytes() + 512 > used);
  release_memory();
  CHECK(resident_kilobytes() + kSize / 1024 < used + 512);
}
