#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "agent/wire/metrics.hpp"
#include "metrics/report_store.hpp"
#include "metrics/report_table.hpp"
#include "tests/server/fake_metrics_agent.hpp"

using namespace std::chrono_literals;
using namespace server;

namespace {

using SystemTime = std::chrono::system_clock::time_point;

const agent::Clock::time_point kStart = agent::Clock::time_point(1h);
const SystemTime kToday = SystemTime(20'000 * 24h);

SharedReport report(const std::string& text = test::usage_report()) {
  return std::make_shared<const KeptReport>(text, ReportTimes{});
}

SharedReport packed(const std::string& text) {
  agent::ZstdPacker packer;
  return std::make_shared<const KeptReport>(packer, text, ReportTimes{});
}

// A list that takes about `bytes`.
SharedReport large_report(std::size_t bytes, unsigned seed = 1) {
  std::string text;
  for (std::uint64_t state = seed + 1; text.size() < bytes;
       state = state * 6364136223846793005U + 1442695040888963407U)
    text += static_cast<char>(state >> 56U);
  return report(text);
}

}  // namespace

TEST_CASE("A kept report is the message that came, compressed or not", "[server][metrics]") {
  const std::string text = test::usage_report(R"("rseq":3,)");
  for (const SharedReport& kept : {report(text), packed(text)}) {
    CHECK(kept->message().type() == 33);
    CHECK(kept->message().payload<agent::wire::DynamicReply>().usage->cpu.usage.value == 12.5);
  }
  const std::string list = test::samples(R"("process":)" + test::process_list(1000));
  CHECK(packed(list)->memory() < list.size() / 4);
  CHECK(packed(list)->message().payload<agent::wire::DynamicReply>().processes.size() == 1000);
  CHECK(report(list)->memory() > list.size());
  CHECK(report(list)->memory() < list.size() + list.size() / 50);
}

TEST_CASE("A store has room for reports as they came up to a quarter of its memory", "[server][metrics]") {
  ReportStore store(400'000);
  CHECK(store.is_roomy(100'000));
  CHECK_FALSE(store.is_roomy(100'001));
  store.come("a");
  store.put("a", ReportKind::processes, large_report(60'000));
  CHECK(store.is_roomy(30'000));
  CHECK_FALSE(store.is_roomy(60'000));
  store.put("a", ReportKind::processes, report());
  CHECK(store.is_roomy(60'000));
}

TEST_CASE("A report is as old as the older of its arrival and its sample", "[server][metrics]") {
  ReportTimes times;
  times.arrived = kStart;
  times.end = agent::wire::Time::from(kToday);
  const KeptReport kept("{}", times);
  CHECK(kept.age(kStart + 5s, kToday + 5s) == 5s);
  CHECK(kept.age(kStart + 5s, kToday + 1h) == 1h);  // it was held up, or its clock is slow
  CHECK(kept.age(kStart + 5s, kToday - 1h) == 5s);  // its clock is fast
  times.end = {};
  CHECK(KeptReport("{}", times).age(kStart, kToday) >= 24h);
}

TEST_CASE("Reports are kept of agents that are connected, and for an hour of those that were",
          "[server][metrics]") {
  ReportTable table;
  table.put("a", ReportKind::usage, report(), 0);
  CHECK_FALSE(table.find("a", kStart));
  table.come("a");
  REQUIRE(table.find("a", kStart));
  CHECK_FALSE(table.find("a", kStart)->of(ReportKind::usage));
  table.put("a", ReportKind::usage, report(), 1);
  CHECK(table.find("a", kStart)->of(ReportKind::usage));
  CHECK_FALSE(table.find("a", kStart)->left);

  table.leave("a", 2, kStart, kToday);
  REQUIRE(table.find("a", kStart + 59min));
  CHECK(table.find("a", kStart + 59min)->left == kToday);
  CHECK(table.find("a", kStart + 59min)->of(ReportKind::usage));
  CHECK_FALSE(table.find("a", kStart + 60min));
  table.put("a", ReportKind::usage, report(), 3);  // too late
  table.forget(kStart + 59min);
  CHECK(table.agents() == 1);
  table.forget(kStart + 60min);
  CHECK(table.agents() == 0);
  CHECK(table.memory() == 0);
}

TEST_CASE("An agent that comes back is there, whatever becomes of its old session", "[server][metrics]") {
  ReportTable table;
  table.come("a");
  table.come("a");  // before the end of the first one is told
  table.leave("a", 1, kStart, kToday);
  CHECK_FALSE(table.find("a", kStart + 10h)->left);
  table.leave("a", 2, kStart, kToday);
  CHECK(table.find("a", kStart)->left);
  table.come("a");
  table.forget(kStart + 10h);
  REQUIRE(table.find("a", kStart + 10h));
  CHECK_FALSE(table.find("a", kStart + 10h)->left);
  CHECK(table.oldest(Worth::agent) == ReportTable::kNone);
}

TEST_CASE("A report is new once for each spool", "[server][metrics]") {
  ReportTable table;
  table.come("a");
  CHECK(table.take_number("a", "s1", 1));
  CHECK(table.take_number("a", "s1", 5));  // what is between was dropped by the agent
  CHECK_FALSE(table.take_number("a", "s1", 5));
  CHECK_FALSE(table.take_number("a", "s1", 4));
  table.leave("a", 1, kStart, kToday);
  table.come("a");
  CHECK_FALSE(table.take_number("a", "s1", 5));
  CHECK(table.take_number("a", "s1", 6));
  CHECK(table.take_number("a", "s2", 1));  // the spool was wiped
  CHECK_FALSE(table.take_number("a", "s2", 1));
  table.come("b");
  CHECK(table.take_number("b", "s2", 1));
}

TEST_CASE("The memory of a table is what its reports take", "[server][metrics]") {
  ReportTable table;
  table.come("a");
  const std::size_t empty = table.memory();
  const SharedReport small = report();
  const SharedReport large = large_report(50'000);
  table.put("a", ReportKind::processes, large, 1);
  CHECK(table.memory() == empty + large->memory());
  table.put("a", ReportKind::processes, small, 2);
  CHECK(table.memory() == empty + small->memory());
  table.put("a", ReportKind::usage, small, 3);
  CHECK(table.memory() == empty + 2 * small->memory());
  CHECK(table.drop_oldest(Worth::list) == ReportKind::processes);
  CHECK(table.drop_oldest(Worth::list) == std::nullopt);
  CHECK(table.drop_oldest(Worth::sample) == ReportKind::usage);
  CHECK(table.memory() == empty);
}

TEST_CASE("When there is no more room the oldest lists of all agents go first", "[server][metrics]") {
  const SharedReport list = large_report(20'000);
  ReportStore store(10 * list->memory() + 45'000);
  for (int i = 0; i < 20; ++i) {
    const std::string id = "agent-" + std::to_string(i);
    store.come(id);
    store.put(id, ReportKind::usage, report());
    store.put(id, i % 2 == 0 ? ReportKind::processes : ReportKind::connections, list);
  }
  CHECK(store.memory() <= 10 * list->memory() + 45'000);
  std::string with_list;
  for (int i = 0; i < 20; ++i) {
    const auto last = store.find("agent-" + std::to_string(i), kStart);
    REQUIRE(last);
    CHECK(last->of(ReportKind::usage));
    with_list += last->of(ReportKind::processes) || last->of(ReportKind::connections) ? '1' : '0';
  }
  CHECK(with_list == "00000000001111111111");
  CHECK(store.dropped(ReportKind::processes) == 5);
  CHECK(store.dropped(ReportKind::connections) == 5);
  CHECK(store.dropped(ReportKind::usage) == 0);

  // A report that was renewed is not old.
  store.put("agent-10", ReportKind::processes, list);
  store.put("agent-0", ReportKind::processes, list);
  CHECK(store.find("agent-10", kStart)->of(ReportKind::processes));
  CHECK_FALSE(store.find("agent-11", kStart)->of(ReportKind::connections));
}

TEST_CASE("Other reports make room when there are no lists, and then agents that have left",
          "[server][metrics]") {
  ReportStore store(40'000);
  for (int i = 0; i < 10; ++i) {
    const std::string id = "agent-" + std::to_string(i);
    store.come(id);
    store.put(id, ReportKind::usage, large_report(10'000, static_cast<unsigned>(i)));
    if (i < 8) store.leave(id, kStart, kToday);
  }
  CHECK(store.memory() <= 40'000);
  CHECK(store.find("agent-9", kStart)->of(ReportKind::usage));
  CHECK_FALSE(store.find("agent-0", kStart)->of(ReportKind::usage));
  CHECK(store.dropped(ReportKind::usage) >= 7);
  for (int i = 10; i < 60; ++i) {
    const std::string id = "agent-" + std::to_string(i);
    store.come(id);
    store.leave(id, kStart, kToday);
  }
  CHECK(store.memory() <= 40'000);
  CHECK_FALSE(store.find("agent-0", kStart));
  CHECK(store.find("agent-59", kStart));
  CHECK(store.find("agent-9", kStart));  // it is connected
}

TEST_CASE("A report that is larger than all room is not kept, and harms nothing", "[server][metrics]") {
  ReportStore store(50'000);
  store.come("a");
  store.put("a", ReportKind::usage, report());
  store.put("a", ReportKind::processes, large_report(100'000));
  CHECK(store.memory() <= 50'000);
  CHECK_FALSE(store.find("a", kStart)->of(ReportKind::processes));
  CHECK(store.find("a", kStart)->of(ReportKind::usage));
}

TEST_CASE("Reports that come from many threads at a time are all accounted for", "[server][metrics]") {
  const SharedReport list = large_report(5'000);
  ReportStore store(40 * list->memory());
  for (int i = 0; i < 16; ++i) store.come("agent-" + std::to_string(i));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&store, &list, t] {
      for (int i = 0; i < 500; ++i)
        store.put("agent-" + std::to_string((i * 4 + t) % 16), static_cast<ReportKind>(i % 5), list);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(store.memory() <= 40 * list->memory());
  for (int i = 0; i < 16; ++i) store.leave("agent-" + std::to_string(i), kStart, kToday);
  store.forget(kStart + 1h);
  CHECK(store.memory() == 0);
}
