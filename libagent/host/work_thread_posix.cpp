#include <asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <utility>

#include "agent/log.hpp"
#include "host/signals_blocked_posix.hpp"
#include "host/work_thread.hpp"

namespace agent::host {

struct WorkThread::Job {
  std::function<void()> work;
  std::function<void()> done;
};

struct WorkThread::Jobs {
  explicit Jobs(asio::any_io_executor the_executor) : executor(std::move(the_executor)) {}

  const asio::any_io_executor executor;
  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::deque<Job> waiting;
  std::deque<Job> finished;
  bool working = false;
  bool ended = false;
};

WorkThread::WorkThread(asio::any_io_executor executor) : jobs_(std::make_shared<Jobs>(std::move(executor))) {}

WorkThread::~WorkThread() {
  {
    const std::lock_guard lock(jobs_->mutex);
    jobs_->ended = true;
  }
  jobs_->changed.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WorkThread::run(std::function<void()> work, std::function<void()> done) {
  Job job{std::move(work), std::move(done)};
  if (!begin()) {
    job.work();
    tell(jobs_, std::move(job));
    return;
  }
  {
    const std::lock_guard lock(jobs_->mutex);
    jobs_->waiting.push_back(std::move(job));
  }
  jobs_->changed.notify_all();
}

// False: the system has no thread to give, as where a limit on processes is met.
bool WorkThread::begin() {
  if (thread_.joinable()) return true;
  const SignalsBlocked signals_blocked;  // they are the other threads' business
  try {
    thread_ = std::thread([jobs = jobs_] { serve(jobs); });
    return true;
  } catch (const std::system_error& error) {
    log::warn("work beside the loop: {}", error.what());
    return false;
  }
}

void WorkThread::serve(const std::shared_ptr<Jobs>& jobs) {
  std::unique_lock lock(jobs->mutex);
  for (;;) {
    jobs->changed.wait(lock, [&jobs] { return jobs->ended || !jobs->waiting.empty(); });
    if (jobs->ended) return;
    Job job = std::move(jobs->waiting.front());
    jobs->waiting.pop_front();
    jobs->working = true;
    lock.unlock();
    job.work();
    tell(jobs, std::move(job));
    lock.lock();
    jobs->working = false;
    jobs->changed.notify_all();
  }
}

void WorkThread::tell(const std::shared_ptr<Jobs>& jobs, Job job) {
  {
    const std::lock_guard lock(jobs->mutex);
    jobs->finished.push_back(std::move(job));
  }
  asio::post(jobs->executor, [weak = std::weak_ptr(jobs)] {
    if (const auto still = weak.lock()) deliver(*still);
  });
}

// False when there was nothing.
bool WorkThread::deliver(Jobs& jobs) {
  std::deque<Job> finished;
  {
    const std::lock_guard lock(jobs.mutex);
    finished.swap(jobs.finished);
  }
  for (Job& job : finished) job.done();
  return !finished.empty();
}

void WorkThread::finish() {
  do {
    std::unique_lock lock(jobs_->mutex);
    jobs_->changed.wait(lock, [this] { return jobs_->waiting.empty() && !jobs_->working; });
  } while (deliver(*jobs_));
}

}  // namespace agent::host
