#include "delivery.hpp"

#include <agent/error.hpp>
#include <agent/log.hpp>
#include <algorithm>
#include <random>

namespace logkit {
namespace {

double random_share() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

std::chrono::nanoseconds retry_delay(const DeliveryTimes& times, unsigned failures, double random) {
  const double most = static_cast<double>(times.most.count());
  double delay = static_cast<double>(times.first.count());
  for (unsigned i = 1; i < failures && delay < most; ++i) delay *= 2;
  delay = std::min(delay, most);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(delay * (0.5 + random / 2)));
}

Delivery::Delivery(std::string name, std::unique_ptr<RecordSender> sender, std::function<void()> on_taken,
                   std::string dead_letters, const DeliveryTimes& times, NoteFailure on_failure)
    : name_(std::move(name)),
      sender_(std::move(sender)),
      on_taken_(std::move(on_taken)),
      dead_letters_(std::move(dead_letters)),
      times_(times),
      on_failure_(std::move(on_failure)) {
  if (!sender_->is_instant()) thread_ = std::thread([this] { run(); });
}

Delivery::~Delivery() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  sender_->interrupt();
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Delivery::push(std::shared_ptr<const Batch> batch, std::vector<std::uint32_t> records) {
  Order order{std::move(batch), std::move(records)};
  if (!thread_.joinable()) {
    deliver_now(order);
    orders_.push_back(std::move(order));
    finish(orders_.front().batch->number);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
  }
  changed_.notify_all();
}

void Delivery::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || (!orders_.empty() && taken_ <= noted_); });
    if (is_stopping_) return;
    const Order& order = orders_.front();  // push() does not move it
    lock.unlock();
    const bool is_done = deliver(order);
    if (is_done) finish(order.batch->number);
    lock.lock();
  }
}

void Delivery::deliver_now(const Order& order) {
  sender_->send({*order.batch, order.records});
  const std::lock_guard lock(mutex_);
  counts_.records += order.records.size();
}

// False: broken off.
bool Delivery::deliver(const Order& order) {
  BatchPieces pieces(order.records, limit_.most());
  while (!pieces.empty()) {
    while (pieces.next().size() > limit_.most()) pieces.halve();
    const SendResult result = sender_->send({*order.batch, pieces.next()});
    if (!answer(order, pieces, result)) return false;
  }
  return true;
}

// False: broken off.
bool Delivery::answer(const Order& order, BatchPieces& pieces, const SendResult& result) {
  const std::size_t records = pieces.next().size();
  if (result.kind == SendResult::Kind::again) return wait(result.wait, records, result.reason);
  if (result.kind == SendResult::Kind::taken) {
    limit_.taken(records);
    pieces.done();
    failures_ = 0;
    const std::lock_guard lock(mutex_);
    counts_.records += records;
    counts_.circuit = "closed";
    return !is_stopping_;
  }
  if (result.kind == SendResult::Kind::too_large) limit_.too_many(records);
  if (!pieces.halve()) {
    if (!bury(order.batch->record(pieces.next().front()), result)) return false;
    pieces.done();
  }
  const std::lock_guard lock(mutex_);
  return !is_stopping_;
}

// False: broken off.
bool Delivery::bury(Fields record, const SendResult& result) {
  for (;;) {
    try {
      dead_letters_.put(record, result.reason);
      break;
    } catch (const agent::Error& error) {
      if (!wait({}, 1, error.what())) return false;
    }
  }
  count_failure(1, result.reason);
  const std::lock_guard lock(mutex_);
  ++counts_.dead_letters;
  return true;
}

void Delivery::count_failure(std::size_t records, const std::string& reason) {
  if (on_failure_) on_failure_(reason);
  const std::lock_guard lock(mutex_);
  counts_.errors += records;
  if (counts_.last_error != reason) agent::log::warn("{}: {}", name_, reason);
  counts_.last_error = reason.substr(0, 1024);
}

// After a failure. False: broken off.
bool Delivery::wait(std::chrono::nanoseconds asked, std::size_t records, const std::string& reason) {
  ++failures_;
  count_failure(records, reason);
  const auto delay = asked.count() > 0 ? asked : retry_delay(times_, failures_, random_share());
  std::unique_lock lock(mutex_);
  counts_.circuit = "open";
  const bool is_over = changed_.wait_for(lock, delay, [this] { return is_stopping_; });
  counts_.circuit = "half-open";
  return !is_over;
}

// The batch is let go of before anybody is told: its memory may be used again.
void Delivery::finish(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    orders_.pop_front();
    taken_ = number;
  }
  on_taken_();
}

void Delivery::noted(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    noted_ = number;
  }
  changed_.notify_all();
}

std::uint64_t Delivery::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::uint64_t Delivery::waiting() const {
  const std::lock_guard lock(mutex_);
  return orders_.size();
}

DeliveryCounts Delivery::counts() const {
  DeliveryCounts counts;
  {
    const std::lock_guard lock(mutex_);
    counts = counts_;
  }
  sender_->add_counts(counts);
  return counts;
}

bool Delivery::is_idle() const { return waiting() == 0 && sender_->is_idle(); }

}  // namespace logkit
