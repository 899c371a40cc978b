// Collector: all runners of the program: one for each *.conf file of a directory, which is watched.
//
// A file that appears starts a runner, one that changes restarts it, one that goes ends it; the others notice
// nothing. A change that cannot run leaves the runner as it was, and says so in its status and in the log. So
// does a directory that cannot be read.
// Thread-safe.
#pragma once

#include <agent/metrics.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "claims.hpp"
#include "cleaner.hpp"
#include "runner.hpp"

namespace logkit {

class Collector {
 public:
  // Runners beyond this number are refused: each has a thread and a few descriptors.
  static constexpr std::size_t kMaxRunners = 1000;

  // `directory`: of the runners' files. It may be missing, and come later.
  Collector(std::string directory, Surroundings surroundings);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Looks at the directory: once, or once a second until stop().
  void scan();
  // Deletes what is to be deleted by now, if the runners have said what they need; or else asks them. start()
  // does it after each scan().
  // False: there was nothing to do, or they have not answered yet.
  bool clean(SteadyTime now);
  void start();
  // Ends all runners, each as Runner::stop() does, at once.
  void stop();
  // After stop(), or with Surroundings::is_once: waits until all runners have ended. One thread.
  void wait();
  bool has_ended() const;

  // By name. A runner that could not be started has a status, too, with its error.
  std::map<std::string, RunnerStatus> statuses() const;
  // Writes all of them to `status.json` in the state directory, as one JSON object; start() does it every two
  // seconds. What goes wrong is logged.
  void write_status() const;
  // Adds the runners' series, logkit_….
  void expose(agent::metrics::Exposition& out) const;
  // Configurations that cannot run.
  std::size_t failures() const;

 private:
  struct Entry {
    std::string text;   // of the file when it was looked at
    std::string error;  // why that cannot run
    std::string name;
    RunnerConfig config;  // of the runner
    std::shared_ptr<Runner> runner;
    std::optional<FileSource> source;  // of a reader of files
    CleanerOptions cleaner;
    SteadyTime next_cleaning{};
    std::uint64_t deleted_files = 0;
    std::uint64_t deleted_bytes = 0;
    std::string cleaning_problem;
  };

  void load(const std::string& path, const std::string& text);
  Entry& begin_load(const std::string& path, const std::string& text);
  void restart(Entry& entry, const RunnerConfig& config);
  std::shared_ptr<Runner> take_runner(Entry& entry);
  void put_runner(Entry& entry, const RunnerConfig& config);
  void erase_gone(const std::map<std::string, std::string>& texts);
  void fail(Entry& entry, const std::string& path, std::string why);
  static bool is_running(const Entry& entry);
  bool has_all_entries();
  std::vector<Claim> make_claims() const;
  void clean(Entry& entry, const std::vector<Claim>& claims);
  bool is_taken(const std::string& name, const std::string& path) const;

  std::string directory_;
  Surroundings surroundings_;
  // Only scan() changes entries, with both locked; the second one is never held while a runner ends.
  std::mutex scan_mutex_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // by the path of the file
  bool is_asking_ = false;                // the runners, what they need
  FileWatch watch_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace logkit
