// StdinFront: reads the lines of the standard input, to its end.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>

#include "line_spool.hpp"
#include "standard_input.hpp"
#include "stream_front.hpp"
#include "stream_source.hpp"
#include "wake_pipe.hpp"

namespace logkit {

class StdinFront final : public StreamFront {
 public:
  // `descriptor`: in tests another one, which stays open. Throws Errc::io.
  StdinFront(const StreamSource& source, LineSpool& spool, std::shared_ptr<StandardInput> input,
             int descriptor = 0);

  void run() override;
  void stop() override;
  void wake() override { pipe_.wake(); }
  FrontStatus status() const override;

 private:
  bool take();
  bool step();
  bool read_once();
  std::size_t pass_over(std::span<char> bytes);
  void hand_over();
  void end_line();
  void leave();
  void read_last();
  bool wait(bool for_input, std::chrono::nanoseconds limit);
  void tell(const std::string& problem);

  LineSpool& spool_;
  std::shared_ptr<StandardInput> input_;
  int descriptor_;
  std::string name_;
  LineSplitter splitter_;
  bool is_passing_over_ = false;
  std::chrono::nanoseconds line_timeout_;
  SteadyTime last_bytes_{};
  WakePipe pipe_;
  std::atomic<bool> is_stopping_{false};
  mutable std::mutex mutex_;
  std::string problem_;
};

}  // namespace logkit
