// RecordStore: records that last, in one SQLite file, written by a thread of its own.
//
// What is asked for while it writes goes into the next transaction, so that a thousand commands per second
// cost a few hundred. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace server {

// What a record that was reported as saved survives: the end of this process, however it ends (SQLite's
// synchronous = NORMAL in WAL mode; a crash of the machine may take the last moments), or a power cut too
// (synchronous = FULL: each transaction waits for the disk).
enum class Survives { process, machine };

class RecordStore {
 public:
  // Called on the store's thread when the transaction is over.
  using Done = std::function<void(bool ok)>;

  struct Row {
    std::string id;
    std::int64_t expires = 0;  // Unix seconds, 0 = never
    std::string text;
  };

  // Opens or makes the file (0600). Throws Errc::io.
  explicit RecordStore(const std::string& path, Survives survives = Survives::process);
  ~RecordStore();  // close()
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  // Everything that is stored. Before the first save().
  std::vector<Row> load();

  void save(Row row, Done done = nullptr);
  void remove(std::string id, Done done = nullptr);
  // Writes what was asked for; what is asked for later is dropped. Not from Done.
  void close();

 private:
  struct Write {
    Row row;
    bool is_removal = false;
    Done done;
  };
  void add(Write write);
  void run();
  bool commit(const std::vector<Write>& writes);
  void apply(const Write& write);
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
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Write> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace server
