#include "net/offload.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <exception>

#include "agent/error.hpp"
#include "base/event.hpp"

namespace agent::net {

// Belongs to its caller's loop, but for `work` and `error` until it is done.
struct Offload::Job {
  std::function<void()> work;
  asio::any_io_executor home;
  std::exception_ptr error;
  bool done = false;
  bool cancelled = false;
  Event finished;
};

Offload::~Offload() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    jobs_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Task<> Offload::run(std::function<void()> work) {
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  job->home = co_await asio::this_coro::executor;
  submit(job);
  // Until the work is done a cancel is only noted.
  auto note = [job](asio::cancellation_type type) {
    job->cancelled = job->cancelled || type != asio::cancellation_type::none;
    return asio::cancellation_type::none;
  };
  auto note_cancels = asio::this_coro::reset_cancellation_state(note);
  co_await std::move(note_cancels);
  while (!job->done) co_await job->finished.wait();
  auto heed_cancels = asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_await std::move(heed_cancels);
  if (job->error) std::rethrow_exception(job->error);
  if (job->cancelled) throw Error(Errc::cancelled, "cancelled while work was done elsewhere");
}

void Offload::submit(std::shared_ptr<Job> job) {
  std::unique_lock lock(mutex_);
  jobs_.push_back(std::move(job));
  if (idle_ < jobs_.size() && threads_.size() < limit_) {
    threads_.emplace_back([this] { serve(); });
    return;
  }
  lock.unlock();  // first: the thread that is woken takes it, and would be woken twice
  changed_.notify_one();
}

void Offload::serve() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (jobs_.empty()) {
      ++idle_;
      changed_.wait(lock);
      --idle_;
      continue;
    }
    std::shared_ptr<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job->work();
    } catch (...) {
      job->error = std::current_exception();
    }
    const asio::any_io_executor home = job->home;
    asio::post(home, [job = std::move(job)] {
      job->done = true;
      job->finished.wake();
    });
    lock.lock();
  }
}

}  // namespace agent::net
