// StoreWriter: the embedded store's one writer: a thread that does what was asked for, in order, and commits
// what waits together.
//
// It owns the file and the leases, and is the upstream of the hub: what is in the file is published, and only
// then answered. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite_file.hpp"
#include "store/sqlite_log.hpp"
#include "store/store_reply.hpp"
#include "store/txn_batch.hpp"
#include "store/watch_hub.hpp"

namespace server::store {

// What waits while the disk is slow. More is refused as unavailable.
inline constexpr std::size_t kWaitingJobs = 10'000;
// One commit: so that a transaction waits for few others, and the write-ahead file stays small.
inline constexpr std::size_t kJobsPerCommit = 256;
inline constexpr std::size_t kBytesPerCommit = 4 * 1024 * 1024;
// When the process was stopped, or the disk took longer, nobody could say that he lives: leases wait for it.
inline constexpr std::chrono::seconds kStall{2};

struct StoreWriterOptions {
  std::string path;
  Sync sync = Sync::normal;
  HistoryLimits history;
  std::size_t max_bytes = 256 * 1024 * 1024;
  std::string vfs;
  std::function<Time()> now = agent::Clock::now;  // for leases
  std::uint64_t boot = 0;
};

// What a job may use while it runs, on the writer's thread.
struct StoreRound {
  TxnBatch& batch;
  LeaseTable& leases;
  Time now;
  const WatchHub& hub;  // what is in the file already
};

struct StoreJob {
  std::shared_ptr<StoreReply> reply;
  // Throws StoreError, having changed nothing.
  std::function<void(StoreRound& round)> work;
  std::size_t bytes = 0;
  std::optional<StoreError> error;  // once it is settled
};

class StoreWriter {
 public:
  // Opens or makes the file. Throws Errc::io.
  explicit StoreWriter(StoreWriterOptions options);
  ~StoreWriter();  // close()
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  // Throws Fault::unavailable: closed, or too much waits. A job whose reply was left before its turn is not
  // done.
  void add(std::shared_ptr<StoreJob> job);
  // Does what was asked for, closes the file, and ends all watches.
  void close();
  // Returns when all that was asked for is done, every lease that is due has expired, and unused disk space
  // is given back.
  void settle();

  const std::shared_ptr<WatchHub>& hub() const { return hub_; }
  const std::string& id() const { return id_; }
  std::size_t leases() const { return lease_count_.load(std::memory_order_relaxed); }
  // Since the start.
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }

 private:
  using Jobs = std::vector<std::shared_ptr<StoreJob>>;

  void load();
  std::vector<LeaseRow> revive(const std::vector<LeaseRow>& rows);
  void run();
  Jobs take();
  bool is_stopping();
  void note_stall();
  void round(const Jobs& jobs);
  void perform(StoreJob& job, StoreRound& round);
  bool write(const TxnBatch& batch, const Jobs& jobs);
  void publish(const TxnBatch& batch, Time now);
  void tidy(bool is_idle);

  const StoreWriterOptions options_;
  std::unique_ptr<SqliteFile> file_;
  std::unique_ptr<SqliteLog> log_;
  std::shared_ptr<WatchHub> hub_;
  std::string id_;

  // The thread's own.
  LeaseTable leases_;
  Revision revision_ = 0;
  std::int64_t next_place_ = 1;
  Time alive_;               // when the thread was last seen to run
  bool is_failing_ = false;  // the last commit failed
  bool has_unused_ = true;   // there may be disk space to give back
  unsigned rounds_ = 0;

  std::atomic<std::size_t> lease_count_{0};
  std::atomic<std::uint64_t> commits_{0};

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::condition_variable done_;
  Jobs waiting_;
  std::uint64_t asked_ = 0;  // settle() was called so often
  std::uint64_t looked_ = 0;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace server::store
