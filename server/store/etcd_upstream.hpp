// EtcdUpstream: the one watch of an etcd store, which feeds the hub: list, watch from there, list again when
// history is gone or an older state of etcd was restored.
//
// Belongs to the client's loop; id(), hub() and wait_for_start() are for any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/task.hpp"
#include "base/event.hpp"
#include "store/etcd_client.hpp"
#include "store/etcd_mark.hpp"
#include "store/etcd_stream.hpp"
#include "store/watch_hub.hpp"

namespace server::store {

class EtcdUpstream {
 public:
  // Keys of one page of a list, to begin with.
  static constexpr std::size_t kPage = 128;

  EtcdUpstream(agent::net::Loop& loop, EtcdClient& client, const EtcdOptions& options);

  // Until close().
  agent::Task<> run();
  void close();

  // The answer of a call is about this revision: waits until the hub has it, not long.
  agent::Task<> reach(Revision revision, Time deadline);
  // All keys of a range in pages, at one revision.
  agent::Task<Snapshot> list(KeyRange range, std::size_t limit, Time deadline);

  // Blocks until the first list is there. Throws Errc::io with what is wrong, at once when it is refused.
  void wait_for_start(std::chrono::milliseconds limit);
  // Null before.
  std::shared_ptr<WatchHub> hub() const;
  std::string id() const;

 private:
  // What a linearizable read of the mark says about the store.
  struct Look {
    EtcdHeader header;
    std::optional<EtcdMark> mark;
    Revision modified = 0;  // of the mark
  };

  agent::Task<Snapshot> pages(KeyRange range, std::size_t limit, std::size_t page_size, Time deadline);
  agent::Task<> follow();
  agent::Task<> agree();
  agent::Task<Look> look();
  agent::Task<> set_mark(EtcdMark mark, Revision modified);
  bool is_restored(const Look& look) const;
  agent::Task<> relist(const char* reason);
  agent::Task<std::unique_ptr<EtcdStream>> open(std::string endpoint);
  agent::Task<std::unique_ptr<EtcdStream>> connect(std::string endpoint);
  agent::Task<bool> begin_with_questions(EtcdStream* stream, std::string token, std::string message);
  agent::Task<std::optional<std::string>> next_line(std::shared_ptr<EtcdStream> stream);
  agent::Task<> read(std::shared_ptr<EtcdStream> stream, std::string endpoint);
  agent::Task<bool> take(EtcdWatchLine line, std::string endpoint);
  agent::Task<> question(std::weak_ptr<EtcdStream> stream, std::chrono::milliseconds every);
  std::chrono::milliseconds silence() const;
  void settle(Revision told);
  void publish(EtcdWatchLine line);
  void publish(Revision revision, std::vector<Item> events);
  void lose(const std::string& why, bool is_refused);
  void start(WatchHub::Start start);

  agent::net::Loop& loop_;
  EtcdClient& client_;
  const EtcdOptions& options_;
  const EtcdKeys keys_;
  EtcdEndpoints turn_;  // for the watch

  Revision revision_ = 0;   // the hub has everything up to here
  std::uint64_t term_ = 0;  // the newest
  bool takes_questions_ = true;
  bool is_asked_ = false;  // the stream owes an answer
  Revision told_ = 0;      // by an answer that is not believed yet; 0: none
  bool is_lost_ = false;
  EtcdMark foreign_;          // of a store that is not ours to be marked, known to this process only
  bool skips_known_ = false;  // the next watch begins behind revision_
  std::vector<Item> held_;    // of a revision that goes on in the next line
  std::shared_ptr<EtcdStream> stream_;
  agent::Event advanced_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable started_;
  std::shared_ptr<WatchHub> hub_;
  std::string id_;
  std::optional<StoreError> trouble_;  // before the start
};

}  // namespace server::store
