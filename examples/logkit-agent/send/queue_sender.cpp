#include "queue_sender.hpp"

#include <agent/error.hpp>
#include <algorithm>

#include "examples/logkit-agent/parse/json_members.hpp"

namespace logkit {
namespace {

// Appended with one write, and handed on at once.
constexpr std::size_t kPieceSize = 1024 * 1024;
constexpr std::size_t kPieceRecords = 10'000;

// With block nothing may be dropped: the spool's own bound, at which it drops, is out of reach.
agent::SpoolOptions spool_options(const QueueOptions& options) {
  const std::uint64_t size =
      options.policy == QueuePolicy::drop_oldest ? options.size.value : 4 * options.size.value;
  return {.directory = options.directory, .size = agent::Bytes{size}, .file_size = {}};
}

std::size_t size_of(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& text : texts) size += text.size();
  return size;
}

std::shared_ptr<Batch> to_batch(const std::vector<agent::SpoolRecord>& records) {
  auto batch = std::make_shared<Batch>();
  batch->number = records.back().number;
  Record record(batch->arena);
  for (const agent::SpoolRecord& item : records) {
    record.clear();
    add_json_members(batch->arena.keep(item.data), record);
    const auto first = static_cast<std::uint32_t>(batch->fields.size());
    const auto count = static_cast<std::uint32_t>(record.fields().size());
    batch->items.push_back({first, count, Batch::kAllSenders});
    batch->fields.insert(batch->fields.end(), record.fields().begin(), record.fields().end());
  }
  return batch;
}

}  // namespace

QueueSender::QueueSender(std::string name, std::unique_ptr<RecordSender> sender, const QueueOptions& options,
                         std::string dead_letters, const DeliveryTimes& times, NoteFailure on_failure)
    : policy_(options.policy),
      limit_(options.size.value),
      spool_(spool_options(options)),
      delivered_(spool_.first() - 1),
      delivery_(std::make_unique<Delivery>(
          std::move(name), std::move(sender), [this] { wake(); }, std::move(dead_letters), times,
          std::move(on_failure))),
      thread_([this] { run(); }) {}

QueueSender::~QueueSender() {
  interrupt();
  thread_.join();
}

// A waiter that has looked already is woken, too.
void QueueSender::wake() {
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

void QueueSender::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
}

SendResult QueueSender::send(const Selection& selection) {
  if (batch_ != selection.batch.number) done_ = 0;
  batch_ = selection.batch.number;
  std::string problem;
  while (done_ < selection.records.size()) {
    Texts texts;
    std::size_t size = 0;
    for (std::size_t i = done_; i < selection.records.size() && size < kPieceSize; ++i) {
      append_json(texts.emplace_back(), selection.batch.record(selection.records[i]));
      size += texts.back().size();
    }
    if (!append(texts, problem)) return {SendResult::Kind::again, problem, {}};
    done_ += texts.size();
  }
  try {
    spool_.sync();
  } catch (const agent::Error& error) {
    return {SendResult::Kind::again, error.what(), {}};
  }
  wake();
  return {};
}

// False: they are to be tried again.
bool QueueSender::append(const Texts& texts, std::string& problem) {
  const bool has_room = policy_ == QueuePolicy::drop_oldest || wait_for_room(size_of(texts));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  if (has_room && spool_.append(views) > 0) {
    wake();
    return true;
  }
  problem = has_room ? "queue: " + spool_.problem() : "the queue is full";
  if (policy_ != QueuePolicy::drop_newest) return false;
  const std::lock_guard lock(mutex_);
  refused_ += texts.size();
  return !is_stopping_;
}

// False: there is none, or no more is to be waited for.
bool QueueSender::wait_for_room(std::size_t size) {
  // A single text may be larger than the queue.
  const auto has_room = [&] { return spool_.bytes() + size <= std::max(limit_, 2 * size); };
  std::unique_lock lock(mutex_);
  if (policy_ == QueuePolicy::block) changed_.wait(lock, [&] { return is_stopping_ || has_room(); });
  return !is_stopping_ && has_room();
}

void QueueSender::run() {
  for (std::uint64_t next = delivered_ + 1;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return is_stopping_ || spool_.next() > next; });
      if (is_stopping_) return;
    }
    const std::uint64_t end = spool_.next();
    std::vector<agent::SpoolRecord> records = spool_.read(next, kPieceRecords, kPieceSize);
    // What was damaged or gave way is passed over.
    const std::uint64_t last = records.empty() ? end - 1 : records.back().number;
    if (!records.empty() && !hand_on(std::move(records))) return;
    spool_.release(last);
    next = last + 1;
    {
      const std::lock_guard lock(mutex_);
      delivered_ = last;
    }
    changed_.notify_all();
  }
}

// False: broken off.
bool QueueSender::hand_on(std::vector<agent::SpoolRecord> records) {
  const std::shared_ptr<Batch> batch = to_batch(records);
  std::vector<std::uint32_t> all(batch->items.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  delivery_->push(batch, std::move(all));
  delivery_->noted(batch->number);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_stopping_ || delivery_->taken() >= batch->number; });
  return delivery_->taken() >= batch->number;
}

bool QueueSender::wait_until_empty() {
  const auto is_empty = [&] { return delivered_ + 1 >= spool_.next(); };
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_stopping_ || is_empty(); });
  return is_empty();
}

bool QueueSender::is_idle() const {
  const std::lock_guard lock(mutex_);
  return delivered_ + 1 >= spool_.next();
}

void QueueSender::add_counts(DeliveryCounts& counts) const {
  counts = delivery_->counts();
  const std::lock_guard lock(mutex_);
  counts.queue_bytes = delivered_ + 1 >= spool_.next() ? 0 : spool_.bytes();
  counts.dropped = refused_ + spool_.dropped();
}

}  // namespace logkit
