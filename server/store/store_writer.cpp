#include "store/store_writer.hpp"

#include <algorithm>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"

namespace server::store {
namespace {

// How often leases are looked at when nothing else happens, and a commit that failed is tried again.
constexpr std::chrono::seconds kLook{1};
// Disk space is given back when nothing else is to do, and this often when there always is.
constexpr unsigned kRoundsPerTidy = 64;

}  // namespace

StoreWriter::StoreWriter(StoreWriterOptions options) : options_(std::move(options)), alive_(options_.now()) {
  file_ = std::make_unique<SqliteFile>(options_.path, options_.sync, options_.vfs);
  log_ = std::make_unique<SqliteLog>(*file_, options_.sync, options_.boot);
  load();
  id_ = log_->id();
  thread_ = std::thread([this] { run(); });
}

StoreWriter::~StoreWriter() { close(); }

void StoreWriter::load() {
  SqliteLog::Content content = log_->load();
  if (!log_->is_whole()) {
    agent::log::warn("{}: the machine went down, the last writes may be lost: every watch begins anew",
                     options_.path);
    log_->begin_anew(content);
  }
  log_->open(revive(content.leases));
  content.start.keys.visit(KeyRange::all(), [&](const Item& item) {
    leases_.note(*item);
    return true;
  });
  revision_ = content.start.revision;
  next_place_ = content.next_place;
  hub_ = std::make_shared<WatchHub>(std::move(content.start));
  lease_count_ = leases_.size();
}

// A lease has its whole ttl once more, in which its owner can say that he lives. One that has had it already,
// and whose owner did not, has what is left of it.
std::vector<LeaseRow> StoreWriter::revive(const std::vector<LeaseRow>& rows) {
  std::vector<LeaseRow> changed;
  for (LeaseRow row : rows) {
    Time deadline = alive_ + row.ttl;
    if (!row.revived) {
      row.revived = true;
      row.deadline = std::chrono::nanoseconds(deadline.time_since_epoch()).count();
      row.boot = options_.boot;
      changed.push_back(row);
    } else if (row.boot == options_.boot && row.boot != 0) {
      deadline = std::min(deadline, Time(std::chrono::nanoseconds(row.deadline)));
    } else {
      deadline = alive_;
    }
    leases_.add(row.id, row.ttl, deadline, true);
  }
  return changed;
}

// ------------------------------------------------------------------------------------------- any thread

void StoreWriter::add(std::shared_ptr<StoreJob> job) {
  std::lock_guard lock(mutex_);
  if (is_stopping_) throw StoreError(Fault::unavailable, "the store is closed");
  if (waiting_.size() >= kWaitingJobs)
    throw StoreError(Fault::unavailable,
                     "the disk is slow: " + std::to_string(kWaitingJobs) + " writes wait");
  waiting_.push_back(std::move(job));
  if (waiting_.size() == 1) wake_.notify_one();
}

void StoreWriter::settle() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++asked_;
  wake_.notify_one();
  done_.wait(lock, [&] { return looked_ >= mine || is_stopping_; });
}

void StoreWriter::close() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  done_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  log_.reset();
  file_.reset();
  hub_->close("the store is closed");
}

bool StoreWriter::is_stopping() {
  std::lock_guard lock(mutex_);
  return is_stopping_;
}

// ------------------------------------------------------------------------------------------ the thread

void StoreWriter::run() {
  for (;;) {
    std::uint64_t asked = 0;
    {
      std::lock_guard lock(mutex_);
      asked = asked_;
    }
    const Jobs jobs = take();
    note_stall();
    if (jobs.empty() && is_stopping()) break;
    round(jobs);
    tidy(jobs.empty());
    std::lock_guard lock(mutex_);
    if (waiting_.empty() && (!has_unused_ || is_failing_)) looked_ = std::max(looked_, asked);
    done_.notify_all();
  }
  try {
    log_->close();
  } catch (const agent::Error& error) {
    agent::log::error("{}: {}", options_.path, error.what());
  }
}

// Those that fit into one commit; none when something else is to do.
StoreWriter::Jobs StoreWriter::take() {
  std::unique_lock lock(mutex_);
  const auto is_due = [this] { return is_stopping_ || !waiting_.empty() || asked_ > looked_; };
  if (has_unused_ && !is_failing_) {
    // Goes on at once.
  } else if (leases_.size() == 0) {
    wake_.wait(lock, is_due);
  } else {
    const auto left = std::max<Time::duration>(leases_.next_deadline() - options_.now(), Time::duration(0));
    wake_.wait_for(lock, is_failing_ ? kLook : std::min<Time::duration>(left, kLook), is_due);
  }
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < std::min(waiting_.size(), kJobsPerCommit) && bytes < kBytesPerCommit)
    bytes += waiting_[count++]->bytes;
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  Jobs jobs(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return jobs;
}

void StoreWriter::note_stall() {
  const Time now = options_.now();
  if (now - alive_ > kStall) leases_.delay(now - alive_);
  alive_ = now;
}

void StoreWriter::round(const Jobs& jobs) {
  TxnBatch batch({.keys = hub_->keys(),
                  .history = hub_->history(),
                  .leases = leases_,
                  .revision = revision_,
                  .next_place = next_place_,
                  .max_bytes = options_.max_bytes});
  StoreRound round{batch, leases_, alive_, *hub_};
  for (const auto& job : jobs) perform(*job, round);
  // Behind the jobs: who says in time that he lives does so.
  for (const LeaseId id : leases_.due(alive_))
    if (batch.has_lease(id)) batch.drop(id);
  batch.compact(options_.history);
  if (!batch.is_empty() && write(batch, jobs)) publish(batch, alive_);
  for (const auto& job : jobs) job->reply->settle();
}

void StoreWriter::perform(StoreJob& job, StoreRound& round) {
  if (job.reply->is_left()) return;
  try {
    job.work(round);
  } catch (const StoreError& error) {
    job.error = error;
  }
}

bool StoreWriter::write(const TxnBatch& batch, const Jobs& jobs) {
  try {
    log_->write(batch);
    is_failing_ = false;
    ++commits_;
    return true;
  } catch (const agent::Error& error) {
    agent::log::error("{}: {}", options_.path, error.what());
    is_failing_ = true;
    const StoreError unavailable(Fault::unavailable, std::string("the store's file: ") + error.what(),
                                 revision_);
    for (const auto& job : jobs)
      if (!job->error) job->error = unavailable;
    return false;
  }
}

void StoreWriter::publish(const TxnBatch& batch, Time now) {
  for (const auto& [id, ttl] : batch.granted()) leases_.add(id, ttl, now + ttl);
  for (const LeaseRow& row : batch.lease_rows()) leases_.note_alive(row.id);
  for (const Item& event : batch.events()) leases_.note(*event);
  for (const LeaseId id : batch.dropped()) leases_.remove(id);
  lease_count_ = leases_.size();
  revision_ = batch.revision();
  next_place_ = batch.next_place();
  has_unused_ = has_unused_ || !batch.obsolete().empty();
  hub_->publish({.revision = revision_, .events = batch.events(), .compacted = batch.compacted()});
}

void StoreWriter::tidy(bool is_idle) {
  if (!has_unused_ || (!is_idle && ++rounds_ % kRoundsPerTidy != 0)) return;
  try {
    has_unused_ = log_->shrink();
  } catch (const agent::Error& error) {
    has_unused_ = false;
    agent::log::error("{}: {}", options_.path, error.what());
  }
}

}  // namespace server::store
