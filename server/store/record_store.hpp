// RecordStore: records that last, in one SQLite file, written by a thread of its own.
//
// What must survive this process alone is first in a ring in a mapped file beside it (<file>-ring), which
// takes neither a lock nor a system call, and is moved to the database some moments later: a transaction then
// serves many records, and of a record that changed twice meanwhile the last state alone. What must survive
// more, or does not fit into the ring, waits for its transaction. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/record_ring.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace server {

// What a record that was reported as saved survives: the end of this process, however it ends (a crash of the
// machine may take the last half minute), or a power cut too (SQLite's synchronous = FULL: each transaction
// waits for the disk).
enum class Survives { process, machine };

class RecordStore {
 public:
  // Called when the record is saved: by save() or remove() themselves, or soon on the store's thread.
  using Done = std::function<void(bool ok)>;
  using Row = RecordRow;

  // How long records gather in the ring before they are moved to the database, unless they fill half of it.
  static constexpr std::chrono::milliseconds kGather{250};
  // A database that does not take what is in the ring is tried again after this.
  static constexpr std::chrono::milliseconds kRetry{1000};

  // Opens or makes the file (0600). Without room for the ring, or while another process has it, each write
  // waits for its transaction. Throws Errc::io.
  explicit RecordStore(const std::string& path, Survives survives = Survives::process);
  ~RecordStore();  // close()
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  // Everything that is stored, by id. Before the first save().
  std::vector<Row> load();

  // The last one of an id counts, where one thread saves and removes it.
  void save(Row row, Done done = nullptr);
  void remove(std::string id, Done done = nullptr);
  // Writes what was asked for; what is asked for later is dropped. What the database does not take stays in
  // the ring for the next one who opens the file. Not from Done.
  void close();

 private:
  struct Waiting {
    RecordWrite write;
    Done done;
  };
  void open(Survives survives);
  void open_ring();
  void add(RecordWrite write, Done done);
  bool put(const RecordWrite& write);
  void wake();
  void run();
  void rest(std::unique_lock<std::mutex>& lock, bool has_failed);
  bool write(const std::vector<Waiting>& waiting);
  bool move_ring();
  bool move(const RecordRing::Batch& batch);
  bool commit(const std::function<void()>& apply_all);
  void apply(const RecordWrite& write);
  std::vector<Row> select();
  std::int64_t moved_to();
  void execute(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  void step(sqlite3_stmt* statement, const char* what);
  void finalize();

  const std::string path_;
  sqlite3* database_ = nullptr;
  // Prepared once: SQLite takes longer to read a BEGIN than to do it.
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* rollback_ = nullptr;
  sqlite3_stmt* save_ = nullptr;
  sqlite3_stmt* remove_ = nullptr;
  sqlite3_stmt* move_ = nullptr;

  std::unique_ptr<RecordRing> ring_;  // null: there is none
  // Writes go into the ring: nothing that was asked for before waits elsewhere.
  std::atomic<bool> takes_ring_{false};
  std::atomic<bool> is_asleep_{false};  // until something comes
  std::atomic<bool> is_hurried_{false};
  std::string last_fault_;  // of a commit; the thread's
  std::mutex moving_;       // held while the ring's contents go to the database
  std::mutex mutex_;        // guards what follows, and is held for moments
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace server
