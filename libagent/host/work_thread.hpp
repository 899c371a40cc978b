// WorkThread: one thread that does jobs in order for a loop, which goes on meanwhile. Loop thread, but for
// the work itself.
//
// A process that it starts is its child: the system ends the process with the thread (PR_SET_PDEATHSIG), so
// the thread lives as long as this.
#pragma once

#include <asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <thread>

namespace agent::host {

class WorkThread {
 public:
  // Starts no thread yet. The executor is the loop's.
  explicit WorkThread(asio::any_io_executor executor);
  // Waits for the job that has begun; the others are forgotten. finish() comes before, when that matters.
  ~WorkThread();
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  // Calls `work` on the thread, when all earlier ones are done, and then `done` on the loop. Neither throws;
  // both are destroyed on the loop. Where the system refuses a thread, `work` is called here.
  void run(std::function<void()> work, std::function<void()> done);
  // Waits until every job is done, those too that a `done` adds. Blocks; each `done` is called before it
  // returns.
  void finish();

 private:
  struct Job;
  struct Jobs;
  bool begin();
  static void serve(const std::shared_ptr<Jobs>& jobs);
  static void tell(const std::shared_ptr<Jobs>& jobs, Job job);
  static bool deliver(Jobs& jobs);

  std::shared_ptr<Jobs> jobs_;
  std::thread thread_;
};

}  // namespace agent::host
