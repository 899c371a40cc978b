#include "runner.hpp"

#include <agent/error.hpp>
#include <agent/log.hpp>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <optional>
#include <utility>

#include "cleaner.hpp"
#include "examples/logkit-agent/parse/host_zone.hpp"
#include "examples/logkit-agent/send/left_queue.hpp"
#include "examples/logkit-agent/send/write_rights.hpp"

namespace logkit {
namespace {

using namespace std::chrono_literals;

// How often files are compared with what is known of them: all of them where nothing tells of changes,
// otherwise those that nothing has told of before; all are with each discovery.
constexpr auto kLook = 1s;
constexpr auto kSync = 1s;
// Counters are kept so often: a kill takes away what was counted since.
constexpr auto kSave = 10s;
// Directories in which many files come and go are not looked at all the time.
constexpr auto kBetweenDiscoveries = 50ms;
// The memory of batches is kept for the next ones so long.
constexpr auto kSpare = 2s;
// Lines that are written one by one are read together: so long passes between looking for more.
constexpr auto kGather = 10ms;
// A stop waits so long for senders.
constexpr auto kDrain = 5s;
// One that is being sent, and one that waits behind it.
constexpr std::size_t kMostOnTheirWay = 2;

// Local time.
int minute_of_day() {
  const std::int64_t utc = std::time(nullptr);
  constexpr std::int64_t kMinutes = 24 * 60;
  return static_cast<int>(((utc / 60 + host_offset_minutes(utc)) % kMinutes + kMinutes) % kMinutes);
}

}  // namespace

Runner::Runner(RunnerConfig config, const Surroundings& surroundings, const ReaderSource& source)
    : config_(std::move(config)),
      is_once_(surroundings.is_once),
      totals_(surroundings.state_directory + "/" + config_.name + "/counters"),
      limits_{config_.batch_size, config_.batch_lines},
      pipeline_(config_, line_part(source)),
      read_errors_(config_.errors_list_cap),
      send_errors_(config_.errors_list_cap),
      pace_(line_part(source).pace),
      begun_(std::chrono::steady_clock::now()) {
  input_ = make_line_input(source, config_.name, surroundings, [this] { watch_.wake(); });
  for (std::size_t i = 0; i < config_.senders.size(); ++i)
    deliveries_.push_back(make_delivery(i, surroundings));
  for (std::string& lost :
       find_lost_queues(surroundings.state_directory + "/" + config_.name, deliveries_.size()))
    config_.warnings.push_back(std::move(lost));
  next_saving_ = begun_ + kSave;
  const auto* const files = std::get_if<FileSource>(&source);
  if (files != nullptr && deletes_any(read_cleaner_options(config_), *files) &&
      !surroundings.deletable.allows_any())
    config_.warnings.push_back("cleaner: nothing is deleted: logkit.delete_roots names no directory");
  status_.before = totals_.before();
  add_totals(totals_.before(), status_);
  if (!totals_.problem().empty()) config_.warnings.push_back(totals_.problem());
  if (!totals_.problem().empty()) agent::log::warn("{}: {}", config_.name, totals_.problem());
  thread_ = std::thread([this] { run(); });
}

std::unique_ptr<Delivery> Runner::make_delivery(std::size_t index, const Surroundings& surroundings) {
  const std::string name = config_.name + ": " + sender_name(index);
  const std::string number = std::to_string(index);
  const std::string directory = surroundings.state_directory + "/" + config_.name;
  const std::string dead_letters = directory + "/dead-letters-" + number;
  const auto wake = [this] { watch_.wake(); };
  const auto note_failure = [this, sender = sender_name(index)](const std::string& reason) {
    send_errors_.note(sender + ": " + reason);
  };
  const DeliveryTimes times;
  auto sender = make_sender(config_.senders[index], {surroundings.roots, surroundings.own});
  std::optional<QueueOptions> queue = read_queue_options(config_.senders[index]);
  const std::string queue_directory = directory + "/queue-" + number;
  std::error_code ignored;
  if (!queue && std::filesystem::exists(queue_directory, ignored))
    sender = std::make_unique<LeftQueueSender>(name, std::move(sender), queue_directory, dead_letters, times,
                                               note_failure);
  if (!queue)
    return std::make_unique<Delivery>(name, std::move(sender), wake, dead_letters, times, note_failure);
  queue->directory = queue_directory;
  sender = std::make_unique<QueueSender>(name, std::move(sender), *queue, dead_letters, times, note_failure);
  return std::make_unique<Delivery>(name + ": queue", std::move(sender), wake, "", times, note_failure);
}

Runner::~Runner() {
  stop();
  wait();
}

void Runner::stop() {
  is_stopping_ = true;
  watch_.wake();
}

void Runner::wait() {
  if (thread_.joinable()) thread_.join();
}

void Runner::run() {
  try {
    while (!is_stopping_ && !is_at_end_) step(std::chrono::steady_clock::now());
    drain();
  } catch (const std::exception& error) {
    agent::log::error("{}: {}", config_.name, error.what());
    read_errors_.note(error.what());
    const std::lock_guard lock(status_mutex_);
    read_errors_.update(status_.history.read);
    status_.error = error.what();
  }
  const std::lock_guard lock(status_mutex_);
  status_.running = "stopped";
  has_ended_ = true;
}

void Runner::step(SteadyTime now) {
  keep_up(now);
  take_back();
  bool is_idle = true;
  if (!is_held()) is_idle = !fill_batch(now);
  if (batch_ && now - batch_begun_ >= config_.batch_interval && !is_held()) close_batch();
  if (is_once_) end_once(is_idle);
  sync(now);
  if (now >= next_publishing_) publish(now);
  answer_entries();
  if (is_idle && !is_at_end_) rest(now);
}

// Files are found and followed, whether anything is read or not.
void Runner::keep_up(SteadyTime now) {
  if (now >= next_discovery_) {
    discover(now);
    last_discovery_ = now;
    next_discovery_ = now + (watch_.is_watching() ? input_->scan_interval() : kLook);
    next_look_ = now + kLook;
  }
  if (now < next_look_) return;
  next_look_ = now + kLook;
  // A runner that has enough to read does not rest().
  note(watch_.wait(0s));
  if (watch_.is_watching()) return input_->look_at_silent();
  input_->look();
  const auto files = static_cast<std::int64_t>(input_->open_files());
  next_look_ = now + std::max<std::chrono::nanoseconds>(kLook, std::chrono::milliseconds(files));
}

void Runner::discover(SteadyTime now) {
  try {
    input_->discover(now);
    watch_.watch(input_->directories());
  } catch (const agent::Error& error) {
    fail(error);
  }
}

// False: there was nothing to read, or it is not the time.
bool Runner::fill_batch(SteadyTime now) {
  next_reading_ = now + pace_.wait(now, minute_of_day());
  if (next_reading_ > now) return false;
  const std::uint64_t before = pipeline_.counts().bytes;
  if (!batch_) {
    batch_ = new_batch();
    batch_begun_ = now;
  }
  const bool any = input_->read(now, pipeline_, *batch_, limits_);
  has_read_ = has_read_ || any;
  pace_.took(pipeline_.counts().bytes - before);
  if (limits_.is_full(*batch_))
    close_batch();
  else if (batch_->lines == 0)
    spare_.push_back(std::move(batch_));
  return any;
}

// The memory of a batch is used again: what the system gives has to be cleared by it.
std::shared_ptr<Batch> Runner::new_batch() {
  if (spare_.empty()) return std::make_shared<Batch>();
  std::shared_ptr<Batch> batch = std::move(spare_.back());
  spare_.pop_back();
  return batch;
}

void Runner::close_batch() {
  const std::shared_ptr<Batch> batch = std::move(batch_);
  batch_.reset();
  batch->number = next_number_++;
  try {
    input_->complete(*batch);
  } catch (const agent::Error& error) {
    fail(error);
  }
  on_their_way_.push_back(batch);
  for (std::size_t i = 0; i < deliveries_.size(); ++i) {
    std::vector<std::uint32_t> records;
    for (std::uint32_t r = 0; r < batch->items.size(); ++r)
      if (batch->items[r].sender == Batch::kAllSenders || batch->items[r].sender == i) records.push_back(r);
    deliveries_[i]->push(batch, std::move(records));
  }
}

bool Runner::is_held() const { return on_their_way_.size() >= kMostOnTheirWay; }

std::uint64_t Runner::taken() const {
  std::uint64_t least = next_number_;
  for (const auto& delivery : deliveries_) least = std::min(least, delivery->taken());
  return least;
}

// What all senders have taken moves the checkpoint.
void Runner::take_back() {
  if (on_their_way_.empty()) return;
  for (const std::uint64_t number = taken(); !on_their_way_.empty();) {
    std::shared_ptr<Batch> batch = on_their_way_.front();
    if (batch->number > number) return;
    on_their_way_.pop_front();
    try {
      input_->delivered(*batch);
      problem_.clear();
    } catch (const agent::Error& error) {
      fail(error);
    }
    for (const auto& delivery : deliveries_) delivery->noted(batch->number);
    if (batch.use_count() > 1 || spare_.size() >= kMostOnTheirWay) continue;
    batch->clear();
    spare_.push_back(std::move(batch));
    last_spared_ = std::chrono::steady_clock::now();
  }
}

void Runner::end_once(bool is_idle) {
  if (!is_idle || is_held() || !input_->is_drained()) return;
  if (!batch_) batch_ = new_batch();
  while (input_->end_lines(pipeline_, *batch_)) {
  }
  if (batch_->lines > 0)
    close_batch();
  else
    batch_.reset();
  const auto is_done = [](const auto& delivery) { return delivery->is_idle(); };
  is_at_end_ = on_their_way_.empty() && std::all_of(deliveries_.begin(), deliveries_.end(), is_done);
}

void Runner::rest(SteadyTime now) {
  if (on_their_way_.empty() && now - last_spared_ >= kSpare) spare_.clear();
  if (std::exchange(has_read_, false)) {
    if (watch_.pause(kGather)) return;
    now = std::chrono::steady_clock::now();
  }
  SteadyTime until = std::min(next_discovery_, next_look_);
  if (batch_) until = std::min(until, batch_begun_ + config_.batch_interval);
  if (next_reading_ > now) until = std::min(until, next_reading_);
  note(watch_.wait(until - now));
}

void Runner::note(const FileChanges& changes) {
  for (const std::string& path : changes.written) input_->touched(path);
  if (changes.names) next_discovery_ = std::min(next_discovery_, last_discovery_ + kBetweenDiscoveries);
}

void Runner::fail(const agent::Error& error) {
  problem_ = error.what();
  read_errors_.note(problem_);
}

void Runner::sync(SteadyTime now) {
  if (now < next_sync_) return;
  next_sync_ = now + kSync;
  try {
    input_->sync();
  } catch (const agent::Error& error) {
    fail(error);
  }
  if (now < next_saving_) return;
  next_saving_ = now + kSave;
  save_totals();
}

// Counters that cannot be kept hold nothing up.
void Runner::save_totals() {
  try {
    totals_.save(totals_of(status()));
  } catch (const agent::Error& error) {
    agent::log::warn("{}: {}", config_.name, error.what());
    read_errors_.note(error.what());
  }
}

// What was read and not taken by then is read again next time.
void Runner::drain() {
  input_->stop();
  if (batch_) close_batch();
  const SteadyTime limit = std::chrono::steady_clock::now() + kDrain;
  for (;;) {
    take_back();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (on_their_way_.empty() || now >= limit) break;
    watch_.wait(limit - now);
  }
  sync(next_sync_);
  next_files_ = {};
  publish(std::chrono::steady_clock::now());
  save_totals();
}

}  // namespace logkit
