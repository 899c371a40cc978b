// ScriptFront: runs a script at its times, one run after the other, and reads what it writes.
//
// A run that takes too long, writes too much, or is still there when the runner ends, is killed with all that
// it has started; what it has written until then stays. Without room in the spool its output is not read, and
// its time stands still. What a script leaves in the background lives on, but is not read from any more. A
// run that outlived this program, because that was killed, is killed before the next one begins. A script
// that may not be run, or cannot be started, is told once and tried again when it, or what makes it so, has
// changed.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "line_spool.hpp"
#include "script_process.hpp"
#include "script_rights.hpp"
#include "stream_front.hpp"
#include "stream_source.hpp"
#include "wake_pipe.hpp"

namespace logkit {

class ScriptFront final : public StreamFront {
 public:
  // `directory`: keeps which process runs. `is_once`: one run, at once. Throws Errc::io.
  ScriptFront(const StreamSource& source, LineSpool& spool, ScriptRights rights, const std::string& directory,
              bool is_once);

  void run() override;
  void stop() override;
  void wake() override { pipe_.wake(); }
  FrontStatus status() const override;

 private:
  struct Run;

  void end_orphan() const;
  bool wait_until_due(bool is_first);
  bool wait_for_change();
  bool try_run();
  std::string facts_of_script() const;
  std::unique_ptr<Run> begin_run();
  void run_once();
  void follow(Run& run);
  bool read_output(Run& run);
  void read_errors(Run& run) const;
  void end_run(Run& run);
  std::string what_went_wrong(const Run& run) const;
  bool wait(SteadyTime until, int output, int errors);
  void tell(std::string problem);

  StreamSource source_;
  LineSpool& spool_;
  ScriptRights rights_;
  std::string pid_file_;
  bool is_once_;
  WakePipe pipe_;
  std::vector<char> buffer_;
  std::string refused_;  // facts_of_script() when it could not be run; "" otherwise
  std::atomic<bool> is_stopping_{false};
  mutable std::mutex mutex_;  // guards what follows
  FrontStatus status_;
};

}  // namespace logkit
