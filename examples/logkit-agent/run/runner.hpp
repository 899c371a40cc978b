// Runner: one configuration at work: it reads, parses and sends on a thread of its own, until it is stopped.
//
// A batch goes to all its senders. When they have taken it the checkpoint moves behind it, and never before:
// what a kill interrupts comes again, and nothing else. As long as too much is on its way nothing more is
// read; files are found and followed meanwhile.
#pragma once

#include <agent/error.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "examples/logkit-agent/read/file_watch.hpp"
#include "examples/logkit-agent/send/delivery.hpp"
#include "line_input.hpp"
#include "pipeline.hpp"
#include "runner_status.hpp"
#include "surroundings.hpp"

namespace logkit {

class Runner {
 public:
  // Builds all parts, and starts. `config` has passed check_runner(). Throws Errc::bad_config, and Errc::io
  // for a state directory that cannot be used.
  Runner(RunnerConfig config, const Surroundings& surroundings)
      : Runner(config, surroundings, read_reader_source(config)) {}
  // stop(), and waits for it.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  const std::string& name() const { return config_.name; }
  // Reads no more, waits for what is on its way, but not longer than five seconds, and ends. Any thread.
  void stop();
  // Waits until it has ended: after stop(), or with is_once at the end. Any thread but its own.
  void wait();
  bool has_ended() const { return has_ended_; }
  // As it is now. Any thread.
  RunnerStatus status() const;

  // What has become of the files that it knows; asked for first, and there a moment later. Any thread.
  using EntryFiles = std::shared_ptr<const std::vector<EntryFile>>;
  void ask_for_entries();
  EntryFiles entries() const;  // nothing: not yet

 private:
  Runner(RunnerConfig config, const Surroundings& surroundings, const ReaderSource& source);
  std::unique_ptr<Delivery> make_delivery(std::size_t index, const Surroundings& surroundings);
  void run();
  void step(SteadyTime now);
  void keep_up(SteadyTime now);
  void discover(SteadyTime now);
  bool fill_batch(SteadyTime now);
  std::shared_ptr<Batch> new_batch();
  void close_batch();
  void take_back();
  void end_once(bool is_idle);
  void rest(SteadyTime now);
  void note(const FileChanges& changes);
  void fail(const agent::Error& error);
  void sync(SteadyTime now);
  void save_totals();
  void drain();
  void publish(SteadyTime now);
  void publish_errors();
  std::string sender_name(std::size_t index) const;
  void answer_entries();
  bool is_held() const;
  std::uint64_t taken() const;

  RunnerConfig config_;
  bool is_once_;
  TotalsFile totals_;
  BatchLimits limits_;
  FileWatch watch_;  // before what wakes it
  Pipeline pipeline_;
  ErrorHistory read_errors_;
  ErrorHistory send_errors_;  // before the deliveries, which note them
  ReadPace pace_;
  std::unique_ptr<LineInput> input_;
  std::vector<std::unique_ptr<Delivery>> deliveries_;
  std::deque<std::shared_ptr<Batch>> on_their_way_;
  std::shared_ptr<Batch> batch_;
  std::vector<std::shared_ptr<Batch>> spare_;  // empty
  SteadyTime last_spared_{};
  SteadyTime batch_begun_{};
  std::uint64_t next_number_ = 1;
  SteadyTime next_reading_{};
  bool has_read_ = false;  // since it rested
  SteadyTime next_discovery_{};
  SteadyTime last_discovery_{};
  SteadyTime next_look_{};
  SteadyTime next_publishing_{};
  SteadyTime next_files_{};
  SteadyTime next_sync_{};
  SteadyTime next_saving_{};
  SteadyTime begun_;
  std::string problem_;       // of keeping what was delivered
  std::string read_problem_;  // of the input, when it was looked at last
  bool is_at_end_ = false;

  mutable std::mutex status_mutex_;
  RunnerStatus status_;
  SpeedMeter meter_;
  bool is_asked_ = false;  // for entries
  EntryFiles entries_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> has_ended_{false};
  std::thread thread_;
};

}  // namespace logkit
