#include "api/exec_run.hpp"

#include <asio/this_coro.hpp>
#include <utility>

#include "agent/error.hpp"
#include "hub/refusal.hpp"
#include "tasks/run_on.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;
using Clock = agent::net::Clock;

namespace {

[[noreturn]] void fail_start(const TaskRecord& record) {
  if (record.state == task_state::failed) throw refusal(record.reason);
  if (record.code == kCodeTimeout) throw Error(Errc::timeout, "timeout");
  throw Error(Errc::disconnected, record.reason);
}

Task<std::string> read_result(std::shared_ptr<DurableTask> task) {
  std::string data;
  while (data.size() < kResultOutputLimit) {
    const std::size_t count = kResultOutputLimit - data.size();
    std::string piece = co_await TaskOutput::read(task->output(), data.size(), count);
    if (piece.empty()) break;
    data += piece;
  }
  co_return data;
}

ExecResult result_of(const TaskRecord& record) {
  ExecResult result;
  result.running = !record.is_over();
  result.code = record.is_over() ? record.code : kCodeTimeout;
  result.end = record.is_over() ? record.end : std::time(nullptr);
  result.signal = record.signal;
  result.timed_out = record.timed_out;
  result.reason = record.reason;
  return result;
}

}  // namespace

std::shared_ptr<Parting> Parting::of(Request& request) {
  auto parting = std::make_shared<Parting>();
  request.when_parted([parting] { parting->happen(); });
  return parting;
}

void Parting::concerns(const std::shared_ptr<DurableTask>& task) {
  std::unique_lock lock(mutex_);
  task_ = task;
  const bool happened = happened_;
  lock.unlock();
  if (happened) task->keep();
}

void Parting::happen() {
  std::unique_lock lock(mutex_);
  happened_ = true;
  std::shared_ptr<DurableTask> task = task_.lock();
  lock.unlock();
  if (!task) return;
  DurableTask& kept = *task;
  kept.home().mailbox().run([task = std::move(task)] { task->keep(); });
}

Task<std::shared_ptr<DurableTask>> start_task(Api* api, agent::net::Loop* loop, TaskOrder order,
                                              std::shared_ptr<Parting> parting) {
  std::shared_ptr<DurableTask> task = api->tasks().create(*loop, std::move(order));
  Delivery delivery(task);
  if (parting) parting->concerns(task);
  const Clock::time_point deadline = Clock::now() + kStartLimit + kEndGrace;
  while (!task->is_over() && !task->has_started()) {
    if (task->is_handed_on()) throw Error(Errc::cancelled, "server is stopping");
    co_await DurableTask::change(task, deadline);
  }
  delivery.drop();
  if (task->has_started()) co_return task;
  const TaskRecord failed = task->record();
  if (!failed.asynchronous) api->tasks().forget(task);
  fail_start(failed);
}

Task<ExecResult> finish_task(std::shared_ptr<DurableTask> task) {
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(task->record().timeout) + kEndGrace;
  while (!task->is_over() && !task->is_handed_on() && Clock::now() < deadline)
    co_await DurableTask::change(task, deadline);
  std::string data = co_await read_result(task);
  const TaskRecord record = task->view();
  ExecResult result = result_of(record);
  result.truncated = record.output_size > data.size();
  if (result.truncated) result.output_size = record.output_size;
  result.data = std::move(data);
  co_return result;
}

Delivery::~Delivery() {
  if (!task_) return;
  DurableTask& task = *task_;
  task.home().mailbox().run([kept = std::move(task_)] { kept->keep(); });
}

void Delivery::deliver(Api& api, const ExecResult& result) {
  if (!result.truncated && !result.running) api.tasks().forget(std::move(task_));
}

namespace {

Task<CommandRun> run_here(Api* api, agent::net::Loop* loop, TaskOrder order,
                          std::shared_ptr<Parting> parting) {
  std::shared_ptr<DurableTask> task = co_await start_task(api, loop, std::move(order), std::move(parting));
  CommandRun run{.delivery = Delivery(task), .record = task->record(), .result = {}};
  run.result = co_await finish_task(std::move(task));
  co_return run;
}

}  // namespace

Task<CommandRun> run_command(Api* api, TaskOrder order, std::shared_ptr<Parting> parting) {
  agent::net::Loop& loop = api->hub().find_agent(order.agent, kExecAgent)->home().loop();
  Task<CommandRun> run = run_here(api, &loop, std::move(order), std::move(parting));
  return run_on(loop, std::move(run));
}

}  // namespace server
