#include "left_queue.hpp"

#include <agent/error.hpp>
#include <charconv>
#include <filesystem>
#include <utility>

namespace logkit {
namespace {

namespace fs = std::filesystem;

// The queue's way to a sender that it does not keep, and that goes on when the queue has ended.
class LentSender final : public RecordSender {
 public:
  explicit LentSender(std::shared_ptr<RecordSender> sender) : sender_(std::move(sender)) {}
  SendResult send(const Selection& selection) override { return sender_->send(selection); }
  bool is_idle() const override { return sender_->is_idle(); }
  void add_counts(DeliveryCounts& counts) const override { sender_->add_counts(counts); }

 private:
  std::shared_ptr<RecordSender> sender_;
};

// Nothing is appended: no bound is ever reached.
QueueOptions options_of(const std::string& directory) {
  QueueOptions options;
  options.directory = directory;
  return options;
}

// An empty one is removed.
bool is_empty(const std::string& directory) {
  try {
    const agent::Spool spool({.directory = directory, .size = QueueOptions().size, .file_size = {}});
    if (spool.first() < spool.next()) return false;
  } catch (const agent::Error&) {
    return false;
  }
  std::error_code ignored;
  fs::remove_all(directory, ignored);
  return true;
}

}  // namespace

LeftQueueSender::LeftQueueSender(const std::string& name, std::unique_ptr<RecordSender> sender,
                                 const std::string& directory, const std::string& dead_letters,
                                 const DeliveryTimes& times, NoteFailure on_failure)
    : directory_(directory),
      sender_(std::move(sender)),
      queue_(std::make_unique<QueueSender>(name, std::make_unique<LentSender>(sender_), options_of(directory),
                                           dead_letters, times, std::move(on_failure))) {}

void LeftQueueSender::close_queue() {
  const std::lock_guard lock(mutex_);
  queue_->add_counts(before_);
  queue_.reset();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

SendResult LeftQueueSender::send(const Selection& selection) {
  if (queue_) {
    if (!queue_->wait_until_empty())
      return {SendResult::Kind::again, "the records of its queue come first", {}};
    close_queue();
  }
  return sender_->send(selection);
}

void LeftQueueSender::interrupt() {
  const std::lock_guard lock(mutex_);
  sender_->interrupt();
  if (queue_) queue_->interrupt();
}

bool LeftQueueSender::is_idle() const {
  const std::lock_guard lock(mutex_);
  return (!queue_ || queue_->is_idle()) && sender_->is_idle();
}

void LeftQueueSender::add_counts(DeliveryCounts& counts) const {
  const std::lock_guard lock(mutex_);
  DeliveryCounts of_queue = before_;
  if (queue_) queue_->add_counts(of_queue);
  counts.records += of_queue.records;
  counts.errors += of_queue.errors;
  counts.dead_letters += of_queue.dead_letters;
  counts.dropped += of_queue.dropped;
  if (!queue_) return;
  counts.queue_bytes = of_queue.queue_bytes;
  counts.circuit = of_queue.circuit;
  if (!of_queue.last_error.empty()) counts.last_error = of_queue.last_error;
}

std::vector<std::string> find_lost_queues(const std::string& directory, std::size_t senders) {
  constexpr std::string_view kPrefix = "queue-";
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), none; !error && entry != none;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::size_t number = 0;
    const char* const end = name.data() + name.size();
    if (!name.starts_with(kPrefix)) continue;
    if (std::from_chars(name.data() + kPrefix.size(), end, number).ptr != end || number < senders) continue;
    if (!is_empty(entry->path().string()))
      found.push_back(name + ": the records in it wait for senders[" + std::to_string(number) +
                      "], which is not there any more");
  }
  return found;
}

}  // namespace logkit
