// QueueSender: a queue on disk in front of a sender. What is in it counts as taken; a thread hands it on.
//
// Records are on the disk when send() returns. What the sender behind it has taken when the program is
// killed, and what is not released yet, comes again: at most 1 MiB of records.
#pragma once

#include <agent/spool.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "delivery.hpp"
#include "queue_options.hpp"

namespace logkit {

class QueueSender final : public RecordSender {
 public:
  // `dead_letters`: of the sender. Throws Errc::io, and Errc::busy when somebody else has the queue.
  QueueSender(std::string name, std::unique_ptr<RecordSender> sender, const QueueOptions& options,
              std::string dead_letters, const DeliveryTimes& times = {}, NoteFailure on_failure = {});
  ~QueueSender() override;

  // Waits for room with the policy block.
  SendResult send(const Selection& selection) override;
  void interrupt() override;
  // False: interrupted before.
  bool wait_until_empty();
  bool is_idle() const override;
  // Those of the sender behind the queue, and of the queue.
  void add_counts(DeliveryCounts& counts) const override;

 private:
  using Texts = std::vector<std::string>;

  bool append(const Texts& texts, std::string& problem);
  bool wait_for_room(std::size_t size);
  void wake();
  void run();
  bool hand_on(std::vector<agent::SpoolRecord> records);

  QueuePolicy policy_;
  std::size_t limit_;
  agent::Spool spool_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;
  std::uint64_t delivered_ = 0;  // number of the last record
  std::uint64_t refused_ = 0;    // records that found no room, with drop_newest
  // How many of a selection's records were appended, when the batch was not appended whole.
  std::uint64_t batch_ = 0;
  std::size_t done_ = 0;
  std::unique_ptr<Delivery> delivery_;
  std::thread thread_;
};

}  // namespace logkit
