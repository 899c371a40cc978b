// Queues on disk that are not in use any more. LeftQueueSender is a sender whose queue was switched off while
// records were in it: they are delivered first, in their order; then the sender works without a queue, and
// the directory goes.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "queue_sender.hpp"

namespace logkit {

class LeftQueueSender final : public RecordSender {
 public:
  // `directory`: of the queue. Throws as QueueSender does.
  LeftQueueSender(const std::string& name, std::unique_ptr<RecordSender> sender, const std::string& directory,
                  const std::string& dead_letters, const DeliveryTimes& times = {},
                  NoteFailure on_failure = {});

  // Waits until the queue is empty.
  SendResult send(const Selection& selection) override;
  void interrupt() override;
  bool is_idle() const override;
  // Those of the queue are added.
  void add_counts(DeliveryCounts& counts) const override;

 private:
  void close_queue();

  std::string directory_;
  std::shared_ptr<RecordSender> sender_;
  mutable std::mutex mutex_;            // guards what follows
  std::unique_ptr<QueueSender> queue_;  // until it is empty; send() lets it go
  DeliveryCounts before_;               // of the queue that is gone
};

// The queues below a runner's directory that belong to none of so many senders and have records in them, each
// with what that means. Empty ones are removed.
std::vector<std::string> find_lost_queues(const std::string& directory, std::size_t senders);

}  // namespace logkit
