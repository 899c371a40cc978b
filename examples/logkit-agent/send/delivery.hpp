// Delivery: hands batches to one sender, in order, until it takes them.
//
// What the sender does not take waits and is tried again, for ever, with delays that double up to a minute,
// each with jitter, or as long as the receiver asks for. A batch of which something is not acceptable is
// halved until that is one record, which goes to the dead letters, and the rest goes on. A sender that can
// block has a thread of its own. No more batches wait than the runner allows to be on their way.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "batch_pieces.hpp"
#include "dead_letters.hpp"
#include "record_sender.hpp"

namespace logkit {

struct DeliveryTimes {
  std::chrono::nanoseconds first = std::chrono::seconds(1);
  std::chrono::nanoseconds most = std::chrono::seconds(60);
};

// The delay before attempt `failures` + 1, at least half of it in any case; `random` from 0 to 1.
std::chrono::nanoseconds retry_delay(const DeliveryTimes& times, unsigned failures, double random);

// Is told why an attempt failed, or a record was refused; on the thread that delivers.
using NoteFailure = std::function<void(const std::string& reason)>;

class Delivery {
 public:
  // `on_taken` is called after each batch that was taken, on the thread that delivers.
  // `dead_letters`: the path of their file.
  Delivery(std::string name, std::unique_ptr<RecordSender> sender, std::function<void()> on_taken,
           std::string dead_letters = {}, const DeliveryTimes& times = {}, NoteFailure on_failure = {});
  // Breaks off what waits.
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // The records of that batch that are this sender's.
  void push(std::shared_ptr<const Batch> batch, std::vector<std::uint32_t> records);
  // All batches up to this number have been taken.
  std::uint64_t taken() const;
  // The checkpoint has that batch. The next one is not sent before: a kill at any moment repeats one batch.
  void noted(std::uint64_t number);
  DeliveryCounts counts() const;
  // Nothing is on its way.
  bool is_idle() const;
  std::uint64_t waiting() const;  // batches
  const std::string& name() const { return name_; }

 private:
  struct Order {
    std::shared_ptr<const Batch> batch;
    std::vector<std::uint32_t> records;
  };

  void run();
  void deliver_now(const Order& order);
  bool deliver(const Order& order);
  bool answer(const Order& order, BatchPieces& pieces, const SendResult& result);
  bool bury(Fields record, const SendResult& result);
  bool wait(std::chrono::nanoseconds asked, std::size_t records, const std::string& reason);
  void count_failure(std::size_t records, const std::string& reason);
  void finish(std::uint64_t number);

  std::string name_;
  std::unique_ptr<RecordSender> sender_;
  std::function<void()> on_taken_;
  DeadLetters dead_letters_;
  DeliveryTimes times_;
  NoteFailure on_failure_;
  PieceLimit limit_;
  unsigned failures_ = 0;  // since the last success
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Order> orders_;
  bool is_stopping_ = false;
  std::uint64_t taken_ = 0;
  std::uint64_t noted_ = 0;
  DeliveryCounts counts_;
  std::thread thread_;
};

}  // namespace logkit
