// LineInput: where a runner's lines come from: files that are followed, or a stream whose lines lie in a
// spool.
//
// What was delivered is kept by the input, so that it begins behind it next time. Belongs to the runner's
// thread. Functions that touch disks throw Errc::io and may be called again.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "batch.hpp"
#include "examples/logkit-agent/read/entry_files.hpp"
#include "pipeline.hpp"
#include "reader_source.hpp"
#include "runner_status.hpp"
#include "surroundings.hpp"

namespace logkit {

// When a batch is complete.
struct BatchLimits {
  std::size_t bytes = 0;
  std::size_t records = 0;  // 0: no limit

  bool is_full(const Batch& batch) const {
    return batch.bytes >= bytes || (records > 0 && batch.items.size() >= records);
  }
};

class LineInput {
 public:
  virtual ~LineInput() = default;

  // ---- what goes on whether lines are read or not
  // Looks for what is new. How often: scan_interval().
  virtual void discover(SteadyTime) {}
  virtual std::chrono::nanoseconds scan_interval() const { return std::chrono::seconds(10); }
  // Where changes are to be watched for.
  virtual std::set<std::string> directories() const { return {}; }
  // The file of that path may have changed, or any.
  virtual void touched(const std::string&) {}
  virtual void look() {}
  // Those of which no change is told.
  virtual void look_at_silent() {}
  virtual std::size_t open_files() const { return 0; }

  // ---- reading
  // Adds lines to the batch until it is full, or as many as come at once. False: there are none.
  virtual bool read(SteadyTime now, Pipeline& pipeline, Batch& batch, const BatchLimits& limits) = 0;
  // Adds what has no line end yet, for a reader that ends. False: there is nothing.
  virtual bool end_lines(Pipeline&, Batch&) { return false; }
  // Everything that is there was read, and for a stream nothing follows.
  virtual bool is_drained() const = 0;
  // Nothing is read from here on.
  virtual void stop() {}

  // ---- what becomes of it
  // The batch is complete, and goes on its way next.
  virtual void complete(Batch&) {}
  // All senders have taken it.
  virtual void delivered(const Batch& batch) = 0;
  // On the disk.
  virtual void sync() = 0;

  // Fills in what belongs to the reader. `reader.last_error`: the last thing that went wrong.
  virtual void add_status(SteadyTime now, RunnerStatus& status) const = 0;
  // The same for its files, one by one.
  virtual void add_files(RunnerStatus&) const {}
  // What has become of each file that the checkpoint knows.
  virtual std::vector<EntryFile> entry_files() const { return {}; }
};

// `wake` is called from other threads when there is something to be read. Throws Errc::bad_config for what
// cannot be in these surroundings, and Errc::io.
std::unique_ptr<LineInput> make_line_input(const ReaderSource& source, const std::string& runner,
                                           const Surroundings& surroundings, std::function<void()> wake);

}  // namespace logkit
