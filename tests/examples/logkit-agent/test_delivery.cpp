#include "examples/logkit-agent/send/delivery.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "made_batch.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

using namespace logkit;
using namespace std::chrono_literals;

namespace {

// Takes records as the test says, by their numbers, and keeps those that it took.
struct FakeReceiver {
  std::function<SendResult(std::span<const std::uint32_t>)> judge;
  std::mutex mutex;
  std::vector<std::uint32_t> taken;
  std::vector<std::size_t> sizes;  // of all attempts

  std::unique_ptr<RecordSender> sender() {
    struct FakeSender final : RecordSender {
      explicit FakeSender(FakeReceiver& owner) : receiver(owner) {}
      SendResult send(const Selection& selection) override {
        const std::lock_guard lock(receiver.mutex);
        SendResult result = receiver.judge(selection.records);
        receiver.sizes.push_back(selection.records.size());
        if (result.kind == SendResult::Kind::taken)
          receiver.taken.insert(receiver.taken.end(), selection.records.begin(), selection.records.end());
        return result;
      }
      FakeReceiver& receiver;
    };
    return std::make_unique<FakeSender>(*this);
  }
};

bool contains(std::span<const std::uint32_t> records, std::uint32_t record) {
  return std::find(records.begin(), records.end(), record) != records.end();
}

constexpr DeliveryTimes kQuick{1ms, 2ms};

void deliver(Delivery& delivery, const std::shared_ptr<Batch>& batch) {
  delivery.push(batch, test::all_records(*batch));
  test::wait_until("the batch was taken", [&] { return delivery.taken() == batch->number; });
  delivery.noted(batch->number);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("A delivery tries a batch again until it is taken", "[examples]") {
  FakeReceiver receiver;
  int left = 5;
  receiver.judge = [&](auto) {
    return --left > 0 ? SendResult{SendResult::Kind::again, "away", {}} : SendResult{};
  };
  Delivery delivery(
      "a", receiver.sender(), [] {}, {}, kQuick);
  deliver(delivery, test::numbered_batch(3));
  CHECK(receiver.taken == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(delivery.counts().records == 3);
  CHECK(delivery.counts().errors == 12);
  CHECK(delivery.counts().last_error == "away");
  CHECK(delivery.counts().circuit == "closed");
}

TEST_CASE("A delivery shows an open circuit while its receiver takes nothing and stops at once",
          "[examples]") {
  FakeReceiver receiver;
  receiver.judge = [](auto) { return SendResult{SendResult::Kind::again, "away", 1h}; };
  Delivery delivery("a", receiver.sender(), [] {});
  delivery.push(test::numbered_batch(1), {0});
  test::wait_until("the circuit is open", [&] { return delivery.counts().circuit == "open"; });
  CHECK(receiver.sizes.size() == 1);
}

TEST_CASE("A record that is refused goes to the dead letters and the rest goes on in order", "[examples]") {
  const test::TempDir dir;
  FakeReceiver receiver;
  receiver.judge = [](auto records) {
    return contains(records, 37) || contains(records, 90)
               ? SendResult{SendResult::Kind::refused, "bad \"n\"", {}}
               : SendResult{};
  };
  Delivery delivery(
      "a", receiver.sender(), [] {}, dir.file("dead"), kQuick);
  deliver(delivery, test::numbered_batch(100));
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < 100; ++i)
    if (i != 37 && i != 90) expected.push_back(i);
  CHECK(receiver.taken == expected);
  CHECK(receiver.sizes.size() < 40);
  CHECK(delivery.counts().dead_letters == 2);
  CHECK(delivery.counts().errors == 2);
  CHECK(delivery.counts().records == 98);
  const std::string letters = read_text(dir.file("dead"));
  CHECK(letters.find(R"("answer":"bad \"n\"","record":{"n":"37"}})") != std::string::npos);
  CHECK(letters.find(R"("record":{"n":"90"}})") != std::string::npos);
}

TEST_CASE("A delivery remembers how many records are too many", "[examples]") {
  FakeReceiver receiver;
  receiver.judge = [](auto records) {
    return records.size() > 10 ? SendResult{SendResult::Kind::too_large, "413", {}} : SendResult{};
  };
  Delivery delivery(
      "a", receiver.sender(), [] {}, {}, kQuick);
  deliver(delivery, test::numbered_batch(64, 1));
  CHECK(receiver.sizes == std::vector<std::size_t>{64, 32, 16, 8, 8, 8, 8, 8, 8, 8, 8});
  deliver(delivery, test::numbered_batch(64, 2));
  CHECK(receiver.taken.size() == 128);
  CHECK(std::is_sorted(receiver.taken.begin() + 64, receiver.taken.end()));
  CHECK(receiver.sizes.size() == 11 + 8);
  CHECK(delivery.counts().errors == 0);
}

TEST_CASE("A limit of records grows again when the receiver takes them", "[examples]") {
  PieceLimit limit;
  limit.too_many(100);
  CHECK(limit.most() == 50);
  limit.too_many(1);
  CHECK(limit.most() == 1);
  for (int i = 0; i < 100; ++i) limit.taken(1);
  CHECK(limit.most() == 2);
}

TEST_CASE("Dead letters that cannot be written hold the delivery back", "[examples]") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.file("dead"));
  FakeReceiver receiver;
  receiver.judge = [](auto) { return SendResult{SendResult::Kind::refused, "no", {}}; };
  Delivery delivery(
      "a", receiver.sender(), [] {}, dir.file("dead"), kQuick);
  const auto batch = test::numbered_batch(1);
  delivery.push(batch, {0});
  test::wait_until("the error is told",
                   [&] { return delivery.counts().last_error.find("dead") != std::string::npos; });
  CHECK(delivery.taken() == 0);
  std::filesystem::remove(dir.file("dead"));
  test::wait_until("the batch is over", [&] { return delivery.taken() == 1; });
  CHECK(delivery.counts().dead_letters == 1);
}

TEST_CASE("Dead letters stay below their bound", "[examples]") {
  const test::TempDir dir;
  DeadLetters letters(dir.file("dead"), 1000);
  const auto batch = test::numbered_batch(1);
  for (int i = 0; i < 100; ++i) letters.put(batch->record(0), "no");
  CHECK(std::filesystem::file_size(dir.file("dead")) <= 1000);
  CHECK(std::filesystem::file_size(dir.file("dead.old")) <= 1000);
}

TEST_CASE("A sender gets the next batch once the checkpoint has the one before", "[examples]") {
  FakeReceiver receiver;
  receiver.judge = [](auto) { return SendResult{}; };
  Delivery delivery("a", receiver.sender(), [] {});
  for (std::uint64_t number = 1; number <= 2; ++number) delivery.push(test::numbered_batch(1, number), {0});
  test::wait_until("the first batch was taken", [&] { return delivery.taken() == 1; });
  CHECK(delivery.counts().records == 1);
  delivery.noted(1);
  test::wait_until("the second batch was taken", [&] { return delivery.taken() == 2; });
  CHECK(delivery.counts().records == 2);
}

TEST_CASE("A retry waits longer each time and never beyond the limit", "[examples]") {
  const DeliveryTimes times;
  CHECK(retry_delay(times, 1, 1) == 1s);
  CHECK(retry_delay(times, 1, 0) == 500ms);
  CHECK(retry_delay(times, 3, 1) == 4s);
  CHECK(retry_delay(times, 1000, 1) == 60s);
}
