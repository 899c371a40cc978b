// AuditWriter: the way of audit lines from the loops to the log file: a ring in a mapped file, and a thread
// of its own that empties it.
//
// A line that was put is in the file some time later, whatever becomes of the process: the next one on the
// same directory writes what is left first. Each line is written once, in the order of put(); see
// docs/decisions/audit-ring.md for the two cases in which a line may be there twice. Rotation, and opening
// the file again, happen on the thread, too. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/log_file.hpp"
#include "store/ring_file.hpp"

namespace server {

struct AuditLimits {
  // Three thousand lines: what a thousand commands a second leave while the disk stands still for three
  // seconds. A multiple of 8, 4096 or more.
  std::size_t ring = 1024 * 1024;
  // How long the thread lets lines gather before it writes them: neither a wake-up for each nor a log that is
  // behind for anybody who looks.
  std::chrono::milliseconds nap{100};
  // How long a loop waits for room in a full ring: the thread may only not have had its turn. After that
  // lines are lost, and counted, without a wait until there was room again: a disk that hangs must not stop
  // the server.
  std::chrono::milliseconds wait{100};
  // A log that could not be written is tried again after this.
  std::chrono::milliseconds retry{100};
  // Those who ask for the file to be opened again wait at most this long for the thread.
  std::chrono::milliseconds reopen{2000};
};

class AuditWriter {
 public:
  // The line for a gap: what is missing, and why.
  using GapLine = std::function<std::string(std::string_view what)>;

  // Writes what an earlier process has left in <directory>/audit.ring to <directory>/audit.log, as far as
  // that is possible now. Without room on the disk for the ring it is in memory, which is an error in the
  // log. Throws Errc::io, and Errc::busy if another process has the ring.
  AuditWriter(const agent::log::Options& log, AuditLimits limits, GapLine gap_line);
  // Writes everything. What cannot be written stays in the ring.
  ~AuditWriter();
  AuditWriter(const AuditWriter&) = delete;
  AuditWriter& operator=(const AuditWriter&) = delete;

  // One line with its line end. One that is lost is an error in the log, and a line for the gap follows.
  void put(const std::string& line);
  // Waits until everything that was put is in the file, or cannot be written.
  void flush();
  // Somebody has moved the file, perhaps: what was put before goes to the old one, later lines to one of its
  // name. Waits for that. Throws Errc::io, or Errc::timeout; it is tried again then.
  void reopen();
  // Why lines cannot be written now. nullopt as long as all goes well.
  std::optional<std::string> fault();

 private:
  enum class Step { nothing, some, failed };

  void open_ring(const std::string& path);
  void resume();
  void run();
  Step write_batch();
  bool begin_batch(std::size_t size);
  Step fail(int code);
  void succeed();
  void fill_gap();
  void open_again();
  void rest(std::unique_lock<std::mutex>& lock, Step last);
  void wake();
  bool wait_for_room(const std::string& line);
  std::uint64_t ask(std::unique_lock<std::mutex>& lock);

  const AuditLimits limits_;
  const GapLine gap_line_;
  std::unique_ptr<RingFile> ring_;
  std::atomic<bool> is_asleep_{false};  // until a line comes
  std::atomic<bool> is_hurried_{false};

  // ---- of the thread
  agent::LogFile file_;
  std::size_t partly_ = 0;     // bytes of the next batch that are in the file
  bool has_place_ = false;     // the ring knows where the next batch goes
  std::uint64_t damaged_ = 0;  // lines that were told of

  std::mutex mutex_;  // held for moments, and never while something is written
  std::condition_variable wake_;
  std::condition_variable room_;
  std::condition_variable served_;
  std::uint64_t asked_ = 0;  // by flush() and reopen()
  std::uint64_t answered_ = 0;
  bool wants_reopen_ = false;
  bool stopping_ = false;
  bool is_stalled_ = false;  // a loop has waited in vain since there was room
  std::string reason_;       // why the last write failed
  std::string reopen_fault_;
  std::thread thread_;
};

}  // namespace server
