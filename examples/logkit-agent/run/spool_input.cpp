#include "spool_input.hpp"

#include <exception>

namespace logkit {
namespace {

// Bytes of lines in memory.
constexpr std::size_t kReadSize = 256 * 1024;

}  // namespace

SpoolInput::SpoolInput(const StreamSource& source, std::unique_ptr<LineSpool> spool,
                       std::unique_ptr<StreamFront> front)
    : decoder_(source.tail.encoding, {}), spool_(std::move(spool)), front_(std::move(front)) {
  thread_ = std::thread([this] { run_front(); });
}

void SpoolInput::run_front() {
  try {
    front_->run();
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    failure_ = error.what();
  }
  has_ended_ = true;
  spool_->tell_of_lines();
}

void SpoolInput::stop() {
  front_->stop();
  if (thread_.joinable()) thread_.join();
}

bool SpoolInput::read(SteadyTime, Pipeline& pipeline, Batch& batch, const BatchLimits& limits) {
  if (lines_ == nullptr || next_ == lines_->size()) {
    lines_ = &spool_->read(kReadSize);
    next_ = 0;
  }
  bool any = false;
  for (; next_ < lines_->size() && !limits.is_full(batch); ++next_) {
    pipeline.add(spool_->id(), (*lines_)[next_], decoder_, batch);
    any = true;
  }
  return any;
}

// Asked in this order: what the front has written last is seen.
bool SpoolInput::is_drained() const {
  return has_ended_ && spool_->is_read() && (lines_ == nullptr || next_ == lines_->size());
}

void SpoolInput::delivered(const Batch& batch) {
  if (batch.spooled > 0) spool_->release(batch.spooled);
}

void SpoolInput::add_status(SteadyTime, RunnerStatus& status) const {
  const FrontStatus front = front_->status();
  status.logpath = front.name;
  status.lag.size = status.lag.total = spool_->bytes();
  status.lag.files = 0;
  status.reader.last_error = front.problem;
  status.connections = front.connections;
  status.script_runs = front.runs;
  status.script_failures = front.failures;
  status.script_exit_code = front.exit_code;
  status.lost_lines = spool_->lost_lines();
  status.lost_bytes = spool_->lost_bytes();
  status.repaired_lines = decoder_.repaired_lines();
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) status.reader.last_error = failure_;
}

}  // namespace logkit
