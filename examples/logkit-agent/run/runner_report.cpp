// What a Runner says about itself.
#include <chrono>
#include <utility>

#include "runner.hpp"

namespace logkit {
namespace {

using namespace std::chrono_literals;

constexpr auto kPublish = 100ms;
// The files one by one, of which there may be thousands.
constexpr auto kFiles = 1s;

}  // namespace

std::string Runner::sender_name(std::size_t index) const {
  return config_.senders[index].text("sender_type") + "-" + std::to_string(index);
}

void Runner::publish(SteadyTime now) {
  next_publishing_ = now + kPublish;
  const PipelineCounts& counts = pipeline_.counts();
  const std::lock_guard lock(status_mutex_);
  status_.name = config_.name;
  status_.read_size = counts.bytes;
  status_.read_count = counts.lines;
  status_.elapsed = std::chrono::duration<double>(now - begun_).count();
  input_->add_status(now, status_);
  if (now >= next_files_) {
    input_->add_files(status_);
    next_files_ = now + kFiles;
  }
  status_.lag.ftlags = on_their_way_.size();
  status_.reader.success = counts.lines;
  publish_errors();
  if (!problem_.empty()) status_.reader.last_error = problem_;
  status_.error = status_.reader.last_error;
  status_.parser.success = counts.parser.success;
  status_.parser.errors = counts.parser.errors;
  status_.parser.last_error = counts.parser.last_error;
  for (const auto& [name, stage] : counts.transforms) {
    StageStatus& status = status_.transforms[name];
    status.success = stage.success;
    status.errors = stage.errors;
    status.last_error = stage.last_error;
  }
  for (std::size_t i = 0; i < deliveries_.size(); ++i) {
    const DeliveryCounts sent = deliveries_[i]->counts();
    StageStatus& sender = status_.senders[sender_name(i)];
    sender.success = sent.records;
    sender.errors = sent.errors;
    sender.last_error = sent.last_error;
    sender.circuit = sent.circuit;
    sender.dead_letters = sent.dead_letters;
    sender.queue_bytes = sent.queue_bytes;
    sender.dropped = sent.dropped;
    if (sent.circuit != "closed" && status_.error.empty()) status_.error = sent.last_error;
  }
  status_.cut_lines = counts.cut_lines;
  status_.cut_bytes = counts.cut_bytes;
  status_.warnings = config_.warnings;
  meter_.measure(status_, now);
  add_totals(totals_.before(), status_);
}

// What is wrong with the input is a state, which counts when it begins. The status is locked, and has it.
void Runner::publish_errors() {
  if (status_.reader.last_error != read_problem_) {
    read_problem_ = status_.reader.last_error;
    if (!read_problem_.empty()) read_errors_.note(read_problem_);
  }
  read_errors_.update(status_.history.read);
  pipeline_.parse_errors().update(status_.history.parse);
  pipeline_.transform_errors().update(status_.history.transform);
  send_errors_.update(status_.history.send);
}

void Runner::ask_for_entries() {
  {
    const std::lock_guard lock(status_mutex_);
    is_asked_ = true;
    entries_.reset();
  }
  watch_.wake();
}

Runner::EntryFiles Runner::entries() const {
  const std::lock_guard lock(status_mutex_);
  return entries_;
}

void Runner::answer_entries() {
  {
    const std::lock_guard lock(status_mutex_);
    if (!std::exchange(is_asked_, false)) return;
  }
  auto found = std::make_shared<const std::vector<EntryFile>>(input_->entry_files());
  const std::lock_guard lock(status_mutex_);
  if (!is_asked_) entries_ = std::move(found);
}

RunnerStatus Runner::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

}  // namespace logkit
