// SpoolInput: the lines of a stream that cannot be read again. A front reads the stream on a thread of its
// own and puts its lines into a spool on disk; the runner reads them from there, and the spool keeps them
// until they were delivered.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "examples/logkit-agent/read/line_spool.hpp"
#include "examples/logkit-agent/read/stream_front.hpp"
#include "line_input.hpp"

namespace logkit {

class SpoolInput final : public LineInput {
 public:
  // The front begins at once.
  SpoolInput(const StreamSource& source, std::unique_ptr<LineSpool> spool,
             std::unique_ptr<StreamFront> front);
  ~SpoolInput() override { stop(); }

  bool read(SteadyTime now, Pipeline& pipeline, Batch& batch, const BatchLimits& limits) override;
  bool is_drained() const override;
  // The front ends; what it has received is in the spool then.
  void stop() override;

  void delivered(const Batch& batch) override;
  void sync() override { spool_->sync(); }

  void add_status(SteadyTime now, RunnerStatus& status) const override;

 private:
  void run_front();

  LineDecoder decoder_;
  std::unique_ptr<LineSpool> spool_;
  std::unique_ptr<StreamFront> front_;
  const std::vector<SpooledLine>* lines_ = nullptr;  // that were read from the spool
  std::size_t next_ = 0;                             // of them, for a batch
  std::atomic<bool> has_ended_{false};               // the front
  mutable std::mutex mutex_;
  std::string failure_;  // of the front, which has ended by it
  std::thread thread_;
};

}  // namespace logkit
