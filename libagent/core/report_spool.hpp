// ReportSpool: the reports that must not be lost (Agent::report), on disk until the server has taken them:
// capability `reports` (docs/wire.md). Loop thread.
//
// A report that finds nothing before it leaves at once. Others are read from the disk, off the loop, as far
// as the window allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "agent/config.hpp"
#include "agent/metrics.hpp"
#include "agent/spool.hpp"
#include "agent/task.hpp"
#include "core/sender.hpp"
#include "net/offload.hpp"

namespace agent::core {

class ReportSpool {
 public:
  ReportSpool(net::Loop& loop, Sender& sender, net::Offload& offload);
  ReportSpool(const ReportSpool&) = delete;
  ReportSpool& operator=(const ReportSpool&) = delete;

  // Uses the spool of this directory. What is wrong with it is logged: reports wait in memory then.
  void open(const std::string& directory, const SpoolConfig& config, metrics::Registry& registry);
  // The id of the spool, "" without one.
  std::string id() const { return spool_ ? spool_->id() : std::string(); }

  // The oldest report that is on the disk, or the next one.
  std::uint64_t first() const { return spool_ ? spool_->first() : 0; }

  // Without a spool, or without a place in it, it waits in memory as Agent::send() has it.
  void add(std::string text);

  // A session begins: what has not been taken is sent again, numbered if the capability is in force.
  void begin(bool is_numbered);
  void end();
  // The server has taken everything up to this number.
  void acknowledge(std::uint64_t number);

 private:
  struct Sent {
    std::uint64_t number;
    std::size_t bytes;
  };
  bool fits(std::size_t bytes) const;
  void send(std::uint64_t number, std::string text);
  void written(std::uint64_t number);
  void taken(std::uint64_t number);
  void fetch();
  Task<> fetch_some(std::uint64_t session);
  void keep_in_memory(std::string text);
  void count();

  net::Loop& loop_;
  Sender& sender_;
  net::Offload& offload_;
  std::unique_ptr<Spool> spool_;
  metrics::Counter* dropped_ = nullptr;
  metrics::Gauge* bytes_on_disk_ = nullptr;

  bool has_session_ = false;
  bool is_numbered_ = false;
  std::uint64_t session_ = 0;  // counts begin()
  std::uint64_t next_ = 1;     // the report that is sent next
  std::deque<Sent> under_way_;
  std::size_t bytes_under_way_ = 0;
  bool is_fetching_ = false;
  bool has_place_ = true;  // the last report found one
};

}  // namespace agent::core
