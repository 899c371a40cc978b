#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <ctime>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "commands/layout.hpp"
#include "tests/support/socket_pair.hpp"
#include "tests/support/temp_dir.hpp"

using server::Layout;
using server::LayoutOutcome;
using server::LayoutStatus;

namespace {

LayoutStatus run(std::shared_ptr<Layout> layout, agent::net::Loop& loop) {
  asio::co_spawn(loop.io(), Layout::run(layout, &loop), [&loop](std::exception_ptr) { loop.stop(); });
  loop.run();
  return layout->status();
}

}  // namespace

TEST_CASE("Groups run in ascending order, whatever the order of their nodes", "[server][commands]") {
  agent::net::Loop loop;
  std::vector<std::string> order;
  auto note = [&order](std::string agent, Layout::Started) -> agent::Task<LayoutOutcome> {
    order.push_back(agent);
    co_return LayoutOutcome{};
  };
  const std::vector<Layout::Node> nodes{{"c", 30}, {"a", -1}, {"b", 2}};
  const LayoutStatus status = run(std::make_shared<Layout>(nodes, true, note), loop);
  CHECK(order == std::vector<std::string>{"a", "b", "c"});
  CHECK(status.done);
  CHECK(status.index == 30);
  CHECK(status.nodes[0].id == "c");
  CHECK(status.nodes[0].status == "done");
}

TEST_CASE("A failure ends a layout after its group, or not", "[server][commands]") {
  const bool stop = GENERATE(true, false);
  agent::net::Loop loop;
  auto fail = [](std::string agent, Layout::Started) -> agent::Task<LayoutOutcome> {
    if (agent == "bad") throw agent::Error(agent::Errc::refused, "no room");
    co_return LayoutOutcome{};
  };
  const std::vector<Layout::Node> nodes{{"bad", 1}, {"good", 1}, {"later", 2}};
  const LayoutStatus status = run(std::make_shared<Layout>(nodes, stop, fail), loop);
  CHECK(status.nodes[0].err == "no room");
  CHECK(status.nodes[1].status == "done");
  CHECK(status.nodes[1].err.empty());
  CHECK(status.nodes[2].status == (stop ? "waiting" : "done"));
  CHECK((status.nodes[2].begin == server::kNoTime) == stop);
  CHECK(status.done);
}

TEST_CASE("A worker that ends by anything at all holds up no layout", "[server][commands]") {
  agent::net::Loop loop;
  auto work = [](std::string agent, Layout::Started) -> agent::Task<LayoutOutcome> {
    if (agent == "odd") throw 7;
    co_return LayoutOutcome{};
  };
  const std::vector<Layout::Node> nodes{{"odd", 1}, {"later", 2}};
  const LayoutStatus status = run(std::make_shared<Layout>(nodes, true, work), loop);
  CHECK(status.done);
  CHECK(status.nodes[1].status == "done");
}

TEST_CASE("The nodes of a group run at once, up to a limit", "[server][commands]") {
  agent::net::Loop loop;
  int running = 0;
  int most = 0;
  auto wait = [&](std::string, Layout::Started) -> agent::Task<LayoutOutcome> {
    most = std::max(most, ++running);
    asio::steady_timer timer(loop.io(), std::chrono::milliseconds(2));
    auto token = asio::use_awaitable;
    co_await timer.async_wait(token);
    --running;
    co_return LayoutOutcome{};
  };
  std::vector<Layout::Node> nodes;
  for (int i = 0; i < 20; ++i) nodes.push_back({std::to_string(i), 1});
  const LayoutStatus status = run(std::make_shared<Layout>(nodes, true, wait, 6), loop);
  CHECK(most == 6);
  for (const server::LayoutNode& node : status.nodes) CHECK(node.status == "done");
}

TEST_CASE("Layouts are found by their id", "[server][commands]") {
  const test::TempDir dir;
  server::Layouts layouts(dir.path());
  auto layout = std::make_shared<Layout>(std::vector<Layout::Node>{{"a", 1}}, true, nullptr);
  const std::int64_t now = std::time(nullptr);
  CHECK(layouts.find(layouts.add(layout), now) == layout);
  CHECK_THROWS_WITH(layouts.find("none", now), "task");
}

TEST_CASE("Layouts are forgotten an hour after their end", "[server][commands]") {
  agent::net::Loop loop;
  const test::TempDir dir;
  server::Layouts layouts(dir.path());
  auto work = [](std::string, Layout::Started) -> agent::Task<LayoutOutcome> { co_return LayoutOutcome{}; };
  auto layout = std::make_shared<Layout>(std::vector<Layout::Node>{{"a", 1}}, true, work);
  const std::string id = layouts.add(layout);
  CHECK(layouts.find(id, std::time(nullptr) + 1'000'000) == layout);  // it has not ended
  const std::int64_t end = run(layout, loop).ended;
  CHECK(layouts.find(id, end + 3600) == layout);
  CHECK_THROWS_WITH(layouts.find(id, end + 3601), "task");
}

TEST_CASE("The next server knows how far a layout came", "[server][commands]") {
  const test::TempDir dir;
  agent::net::Loop loop;
  // The first one ends, the second one runs when the server ends, the third one is on its way to its agent.
  auto work = [&loop](std::string agent, Layout::Started started) -> agent::Task<LayoutOutcome> {
    if (agent != "third") started("task-of-" + agent);
    co_await test::yield(loop);
    LayoutOutcome outcome{
        .err = agent == "first" ? "exit code 3" : "", .code = 3, .goes_on = agent != "first"};
    outcome.account.ended_by = "memory";
    outcome.account.usage.peak_memory = 64'000'000;
    co_return outcome;
  };
  const std::vector<Layout::Node> nodes{{"first", 1}, {"second", 2}, {"third", 2}, {"later", 3}};
  std::string id;
  {
    server::Layouts layouts(dir.path());
    auto layout = std::make_shared<Layout>(nodes, false, work);
    id = layouts.add(layout);
    const LayoutStatus status = run(layout, loop);
    CHECK_FALSE(status.done);
    CHECK(status.nodes[1].status == "running");
    CHECK(status.nodes[1].task_id == "task-of-second");
    CHECK(status.nodes[3].err.empty());
  }
  server::Layouts layouts(dir.path());
  const std::int64_t now = std::time(nullptr);
  const std::shared_ptr<Layout> layout = layouts.find(id, now);
  LayoutOutcome fate{.goes_on = true};
  auto look = [&fate](const server::LayoutNode& node) {
    CHECK(node.task_id == "task-of-second");
    return fate;
  };
  layout->settle(look);
  CHECK_FALSE(layout->status().done);
  fate = {.err = "exit code 4", .code = 4};
  layout->settle(look);
  const LayoutStatus status = layout->status();
  CHECK(status.done);
  CHECK(status.nodes[0].err == "exit code 3");
  CHECK(status.nodes[0].ended_by == "memory");
  CHECK(status.nodes[0].usage == agent::wire::CommandUsage{.peak_memory = 64'000'000});
  CHECK(status.nodes[1].code == 4);
  CHECK(status.nodes[1].status == "done");
  CHECK(status.nodes[2].err == "the server ended while it began");
  CHECK(status.nodes[3].status == "waiting");
  CHECK(status.nodes[3].err == "the server ended before it ran");
  CHECK_THROWS_WITH(layouts.find(id, now + 3700), "task");
}

TEST_CASE("A layout that was running when its server ended is kept for a day", "[server][commands]") {
  const test::TempDir dir;
  std::string id;
  {
    server::Layouts layouts(dir.path());
    id = layouts.add(std::make_shared<Layout>(std::vector<Layout::Node>{{"a", 1}}, true, nullptr));
  }
  const server::Layouts layouts(dir.path());
  const std::int64_t now = std::time(nullptr);
  CHECK(layouts.find(id, now + 23 * 3600)->status().nodes[0].id == "a");
  CHECK_THROWS_WITH(layouts.find(id, now + 25 * 3600), "task");
}

TEST_CASE("A damaged record of a layout costs no other one", "[server][commands]") {
  const test::TempDir dir;
  std::string id;
  {
    server::Layouts layouts(dir.path());
    id = layouts.add(std::make_shared<Layout>(std::vector<Layout::Node>{{"a", 1}}, true, nullptr));
    server::RecordStore records(dir.file("layouts.db"));
    records.save({.id = "other", .expires = 0, .text = "{"});
    records.save({.id = "other/0", .expires = 0, .text = "{}"});
    records.save({.id = id + "/9999999999", .expires = 0, .text = "{}"});
  }
  {
    const server::Layouts layouts(dir.path());
    CHECK(layouts.find(id, std::time(nullptr))->status().nodes.size() == 1);
    CHECK_THROWS_WITH(layouts.find("other", std::time(nullptr)), "task");
  }
  CHECK(server::RecordStore(dir.file("layouts.db")).load().size() == 2);  // nothing of them is left
}
