#include "examples/logkit-agent/send/queue_sender.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "examples/logkit-agent/send/left_queue.hpp"
#include "made_batch.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

using namespace logkit;
using namespace std::chrono_literals;

namespace {

// What a receiver has got, as JSON lines; it takes nothing while it is closed.
struct Inbox {
  std::mutex mutex;
  std::vector<std::string> lines;
  std::atomic<bool> is_open{true};

  std::size_t size() {
    const std::lock_guard lock(mutex);
    return lines.size();
  }
};

struct InboxSender final : RecordSender {
  explicit InboxSender(Inbox& in) : inbox(in) {}
  SendResult send(const Selection& selection) override {
    if (!inbox.is_open) return {SendResult::Kind::again, "closed", {}};
    const std::lock_guard lock(inbox.mutex);
    for (const std::uint32_t index : selection.records)
      append_json(inbox.lines.emplace_back(), selection.batch.record(index));
    return {};
  }
  Inbox& inbox;
};

constexpr DeliveryTimes kQuick{1ms, 5ms};

struct Scene {
  std::unique_ptr<QueueSender> open(QueuePolicy policy = QueuePolicy::block, std::uint64_t size = 4 << 20) {
    return std::make_unique<QueueSender>("a", std::make_unique<InboxSender>(inbox),
                                         QueueOptions{dir.file("queue"), agent::Bytes{size}, policy},
                                         dir.file("dead"), kQuick);
  }
  void wait_for(std::size_t count) {
    test::wait_until(std::to_string(count) + " records are there", [&] { return inbox.size() == count; });
  }

  test::TempDir dir;
  Inbox inbox;
};

SendResult send(QueueSender& queue, const Batch& batch) {
  const std::vector<std::uint32_t> records = test::all_records(batch);
  return queue.send({batch, records});
}

DeliveryCounts counts(const QueueSender& queue) {
  DeliveryCounts out;
  queue.add_counts(out);
  return out;
}

}  // namespace

TEST_CASE("Records pass a queue in their order and unchanged", "[examples]") {
  Scene scene;
  const auto queue = scene.open();
  const auto batch = test::make_batch({{{"a", "x\n\"y\""}, {"b", ""}}, {{"c", "\u4E2D"}}});
  batch->fields.push_back({"n", {"1493797500346428926", true}});
  batch->items.push_back({3, 1, Batch::kAllSenders});
  CHECK(send(*queue, *batch).kind == SendResult::Kind::taken);
  CHECK(send(*queue, *test::numbered_batch(2, 2)).kind == SendResult::Kind::taken);
  scene.wait_for(5);
  CHECK(scene.inbox.lines == std::vector<std::string>{R"({"a":"x\n\"y\"","b":""})", "{\"c\":\"\u4E2D\"}",
                                                      R"({"n":1493797500346428926})", R"({"n":"0"})",
                                                      R"({"n":"1"})"});
  test::wait_until("the queue is idle", [&] { return queue->is_idle(); });
  CHECK(counts(*queue).records == 5);
  CHECK(counts(*queue).queue_bytes == 0);
}

TEST_CASE("What is in a queue at the end comes after the next start and once", "[examples]") {
  Scene scene;
  scene.inbox.is_open = false;
  {
    const auto queue = scene.open();
    CHECK(send(*queue, *test::numbered_batch(100)).kind == SendResult::Kind::taken);
    CHECK(counts(*queue).queue_bytes > 0);
    CHECK_FALSE(queue->is_idle());
  }
  scene.inbox.is_open = true;
  {
    const auto queue = scene.open();
    scene.wait_for(100);
    test::wait_until("the queue is idle", [&] { return queue->is_idle(); });
  }
  const auto queue = scene.open();
  CHECK(send(*queue, *test::numbered_batch(1, 2)).kind == SendResult::Kind::taken);
  scene.wait_for(101);
}

TEST_CASE("A full queue holds back what comes and loses nothing", "[examples]") {
  Scene scene;
  scene.inbox.is_open = false;
  const auto queue = scene.open(QueuePolicy::block, 1 << 20);
  const auto batch = test::make_batch(std::vector<test::Row>(100, {{"text", std::string(10'000, 't')}}));
  std::atomic<int> sent = 0;
  std::thread thread([&] {
    for (std::uint64_t number = 1; number <= 6; ++number) {
      batch->number = number;
      if (send(*queue, *batch).kind == SendResult::Kind::taken) ++sent;
    }
  });
  test::wait_until("the queue is used", [&] { return counts(*queue).queue_bytes > 900'000; });
  CHECK(sent < 3);
  scene.inbox.is_open = true;
  thread.join();
  CHECK(sent == 6);
  scene.wait_for(600);
  CHECK(counts(*queue).dropped == 0);
}

TEST_CASE("A full queue drops the newest or the oldest when it is told to and counts them", "[examples]") {
  for (const QueuePolicy policy : {QueuePolicy::drop_newest, QueuePolicy::drop_oldest}) {
    Scene scene;
    scene.inbox.is_open = false;
    const auto queue = scene.open(policy, 1 << 20);
    for (std::uint64_t number = 1; number <= 50; ++number) {
      const auto batch = test::make_batch(
          std::vector<test::Row>(10, {{"n", std::to_string(number)}, {"text", std::string(10'000, 't')}}),
          number);
      CHECK(send(*queue, *batch).kind == SendResult::Kind::taken);
    }
    scene.inbox.is_open = true;
    test::wait_until("the queue is idle", [&] { return queue->is_idle(); });
    const std::uint64_t dropped = counts(*queue).dropped;
    CHECK(dropped > 300);
    // What was at the receiver when its place was needed counts as dropped, and arrives none the less.
    CHECK(scene.inbox.size() + dropped >= 500);
    if (policy == QueuePolicy::drop_newest) CHECK(scene.inbox.size() + dropped == 500);
    const bool has_last = scene.inbox.lines.back().starts_with(R"({"n":"50")");
    CHECK(has_last == (policy == QueuePolicy::drop_oldest));
  }
}

TEST_CASE("A damaged record of a queue is passed over and counted", "[examples]") {
  Scene scene;
  scene.inbox.is_open = false;
  {
    const auto queue = scene.open();
    for (std::uint64_t number = 1; number <= 3; ++number)
      CHECK(send(*queue, *test::make_batch({{{"n", std::to_string(number)}}}, number)).kind ==
            SendResult::Kind::taken);
  }
  for (const auto& entry : std::filesystem::directory_iterator(scene.dir.file("queue"))) {
    std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t at = text.find(R"("n":"2")");
    if (at == std::string::npos) continue;
    file.clear();
    file.seekp(static_cast<std::streamoff>(at));
    file << "X";
  }
  scene.inbox.is_open = true;
  const auto queue = scene.open();
  scene.wait_for(2);
  test::wait_until("the queue is idle", [&] { return queue->is_idle(); });
  CHECK(scene.inbox.lines == std::vector<std::string>{R"({"n":"1"})", R"({"n":"3"})"});
  CHECK(counts(*queue).dropped == 1);
}

TEST_CASE("A queue that waits for its receiver stops at once", "[examples]") {
  Scene scene;
  scene.inbox.is_open = false;
  const auto queue = scene.open(QueuePolicy::block, 1 << 20);
  const auto batch = test::make_batch(std::vector<test::Row>(300, {{"text", std::string(10'000, 't')}}));
  SendResult result;
  std::thread thread([&] { result = send(*queue, *batch); });
  test::wait_until("the queue is used", [&] { return counts(*queue).queue_bytes > 500'000; });
  queue->interrupt();
  thread.join();
  CHECK(result.kind == SendResult::Kind::again);
}

TEST_CASE("A queue that is switched off is delivered before anything else and goes then", "[examples]") {
  Scene scene;
  scene.inbox.is_open = false;
  send(*scene.open(), *test::numbered_batch(100));
  const auto left =
      std::make_unique<LeftQueueSender>("a", std::make_unique<InboxSender>(scene.inbox),
                                        scene.dir.file("queue"), scene.dir.file("dead"), kQuick);
  DeliveryCounts before;
  left->add_counts(before);
  CHECK(before.queue_bytes > 0);
  CHECK_FALSE(left->is_idle());
  const auto batch = test::make_batch({{{"new", "1"}}}, 2);
  const auto records = test::all_records(*batch);
  SECTION("when its receiver takes it") {
    scene.inbox.is_open = true;
    CHECK(left->send({*batch, records}).kind == SendResult::Kind::taken);
    REQUIRE(scene.inbox.size() == 101);
    CHECK(scene.inbox.lines.back() == R"({"new":"1"})");
    CHECK(left->is_idle());
    DeliveryCounts counts;
    left->add_counts(counts);
    CHECK(counts.records == 100);
    CHECK(counts.queue_bytes == 0);
    CHECK_FALSE(std::filesystem::exists(scene.dir.file("queue")));
  }
  SECTION("and nothing goes before it when it is broken off") {
    SendResult result;
    std::thread thread([&] { result = left->send({*batch, records}); });
    left->interrupt();
    thread.join();
    CHECK(result.kind == SendResult::Kind::again);
    CHECK(scene.inbox.size() == 0);
    CHECK(std::filesystem::exists(scene.dir.file("queue")));
  }
}

TEST_CASE("Queues of senders that are gone are told as long as they have records", "[examples]") {
  Scene scene;
  scene.inbox.is_open = false;
  send(*scene.open(), *test::numbered_batch(1));
  std::filesystem::create_directories(scene.dir.file("runner"));
  std::filesystem::rename(scene.dir.file("queue"), scene.dir.file("runner/queue-1"));
  { const agent::Spool empty({.directory = scene.dir.file("runner/queue-2")}); }
  CHECK(find_lost_queues(scene.dir.file("runner"), 2).empty());
  const std::vector<std::string> lost = find_lost_queues(scene.dir.file("runner"), 1);
  REQUIRE(lost.size() == 1);
  CHECK(lost.front().find("queue-1: the records in it wait for senders[1]") == 0);
  CHECK_FALSE(std::filesystem::exists(scene.dir.file("runner/queue-2")));
  CHECK(find_lost_queues(scene.dir.file("none"), 0).empty());
}
