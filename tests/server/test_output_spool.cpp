#include <catch2/catch.hpp>

#include "commands/output_spool.hpp"

using server::Spool;
using server::SpoolBudget;
using server::SpoolMark;
using server::SpoolPart;

namespace {

constexpr std::uint64_t kPlenty = 1ULL << 40;

std::string in_memory(const Spool& spool, std::uint64_t offset, std::size_t count = 1'000'000) {
  const SpoolPart part = spool.locate(offset, count);
  CHECK_FALSE(part.in_file);
  return part.bytes;
}

}  // namespace

TEST_CASE("A spool gives what was appended, from any offset", "[server][commands]") {
  SpoolBudget budget(kPlenty);
  Spool spool(kPlenty, budget);
  CHECK(in_memory(spool, 0).empty());
  spool.append("hello ", 1);
  spool.append("world", 2);
  CHECK(in_memory(spool, 0) == "hello world");
  CHECK(in_memory(spool, 4, 3) == "o w");
  CHECK(in_memory(spool, 11).empty());
  CHECK(in_memory(spool, 400).empty());
}

TEST_CASE("A spool asks for the disk only beyond what fits into memory", "[server][commands]") {
  SpoolBudget budget(kPlenty);
  Spool spool(kPlenty, budget);
  spool.append(std::string(server::kSpoolMemory, 'a'), 1);
  CHECK_FALSE(spool.wants_flush());
  spool.append("b", 2);
  CHECK(spool.wants_flush());
}

TEST_CASE("A spool of many small pieces asks for the disk before their sender has to wait for it",
          "[server][commands]") {
  constexpr std::size_t kAgentKeeps = 256 * 1024;  // without an acknowledgement
  constexpr std::size_t kOverhead = 150;           // of a message
  SpoolBudget budget(kPlenty);
  Spool spool(kPlenty, budget);
  std::uint64_t seq = 0;
  while (!spool.wants_flush()) spool.append("line\n", ++seq);  // without the limit: 20,000 of them
  CHECK(seq * (kOverhead + 8) < kAgentKeeps);
  spool.begin_flush();
  CHECK(spool.end_flush() == seq);
  CHECK_FALSE(spool.wants_flush());
}

TEST_CASE("A spool is read in order while it is being written to the disk", "[server][commands]") {
  SpoolBudget budget(kPlenty);
  Spool spool(kPlenty, budget);
  spool.append("first", 7);
  const auto batch = spool.begin_flush();
  CHECK(batch->bytes == "first");
  CHECK(batch->seq == 7);
  spool.append("second", 8);
  CHECK(in_memory(spool, 0) == "first");
  CHECK(in_memory(spool, 5) == "second");

  CHECK(spool.end_flush() == 7);
  const SpoolPart part = spool.locate(1, 100);
  CHECK(part.in_file);
  CHECK(part.offset == 1);
  CHECK(part.count == 4);
  CHECK(in_memory(spool, 5) == "second");
}

TEST_CASE("A spool keeps the beginning up to its limit and counts the rest", "[server][commands]") {
  SpoolBudget budget(kPlenty);
  Spool spool(8, budget);
  spool.append("12345", 1);
  spool.append("6789", 2);
  spool.append("more", 3);
  CHECK(in_memory(spool, 0) == "12345678");
  CHECK(spool.kept() == 8);
  CHECK(spool.total() == 13);
  CHECK(spool.is_truncated());
}

TEST_CASE("The mark of what is not kept goes to the disk, so that its sender goes on", "[server][commands]") {
  SpoolBudget budget(kPlenty);
  Spool spool(0, budget);
  spool.append(std::string(server::kSpoolMemory, 'a'), 1);
  CHECK_FALSE(spool.wants_flush());
  CHECK(spool.has_unwritten());
  spool.append("b", 2);
  CHECK(spool.wants_flush());
  CHECK(spool.begin_flush()->total == server::kSpoolMemory + 1);
  CHECK(spool.end_flush() == 2);
  CHECK_FALSE(spool.has_unwritten());
}

TEST_CASE("Spools share one budget and give back what they had", "[server][commands]") {
  SpoolBudget budget(10);
  {
    Spool first(kPlenty, budget);
    first.append("1234567", 1);
    Spool second(kPlenty, budget);
    second.append("abcdef", 1);
    CHECK(in_memory(second, 0) == "abc");
    CHECK(second.is_truncated());
    CHECK(budget.used() == 10);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("Nothing is appended behind a gap, even when there is room again", "[server][commands]") {
  SpoolBudget budget(4);
  auto other = std::make_unique<Spool>(kPlenty, budget);
  other->append("xx", 1);
  Spool spool(kPlenty, budget);
  spool.append("abc", 1);
  other.reset();
  spool.append("def", 2);
  CHECK(in_memory(spool, 0) == "ab");
  CHECK(spool.total() == 6);
}

TEST_CASE("A write that fails ends what is kept at what the disk has", "[server][commands]") {
  SpoolBudget budget(kPlenty);
  Spool spool(kPlenty, budget);
  spool.append("on disk", 1);
  spool.begin_flush();
  spool.end_flush();
  spool.append("lost", 2);
  spool.begin_flush();
  spool.append("lost too", 3);
  CHECK(spool.fail_flush() == 2);
  CHECK(spool.kept() == 7);
  CHECK(spool.total() == 19);
  CHECK(budget.used() == 7);
  spool.append("and this", 4);
  CHECK(spool.kept() == 7);
}

TEST_CASE("A write that nobody reported is judged by what the file has", "[server][commands]") {
  SpoolBudget budget(kPlenty);
  Spool spool(kPlenty, budget);
  spool.append("batch", 1);
  spool.begin_flush();
  spool.append(" and more", 2);
  SECTION("not written: it is in memory again") {
    spool.break_off_flush(SpoolMark{});
    CHECK(in_memory(spool, 0) == "batch and more");
  }
  SECTION("written") {
    spool.break_off_flush(SpoolMark{.kept = 5, .total = 5, .seq = 1});
    CHECK(spool.locate(0, 5).in_file);
    CHECK(in_memory(spool, 5) == " and more");
  }
}
