#include "agent/process.hpp"

#include <asio/this_coro.hpp>
#include <utility>

#include "agent/error.hpp"
#include "base/text_decoder.hpp"
#include "host/children.hpp"
#include "host/running_process.hpp"

namespace agent {
namespace {

constexpr const char* kAboutToEnd = "start: this program is about to end";

}  // namespace

void check_charset(const std::string& charset) { TextDecoder decoder(charset); }

ChildReaper::~ChildReaper() { stop(); }

Task<> ChildReaper::start() {
  auto executor = co_await asio::this_coro::executor;
  if (stopped_) throw Error(Errc::cancelled, kAboutToEnd);
  if (children_) co_return;
  children_ = std::make_shared<host::Children>(std::move(executor));
  children_->start();
}

void ChildReaper::stop() {
  stopped_ = true;
  if (const auto children = std::exchange(children_, nullptr)) children->stop();
}

const std::shared_ptr<host::Children>& ChildReaper::running() const {
  if (stopped_) throw Error(Errc::cancelled, kAboutToEnd);
  if (!children_) throw Error(Errc::cancelled, "start: the reaper has not been started");
  return children_;
}

Process::Process(ChildReaper& reaper, ProcessOptions options)
    : running_(host::RunningProcess::start(reaper.running(), std::move(options))) {}

Process::~Process() { running_->abandon(); }

int Process::pid() const { return running_->pid(); }

Task<std::string> Process::read() { return host::RunningProcess::read(running_); }

Task<ExitStatus> Process::wait() { return host::RunningProcess::wait(running_); }

Task<> Process::write(std::string bytes) { return running_->streams().write(std::move(bytes)); }

void Process::close_input() { running_->close_input(); }

void Process::resize(TerminalSize size) { running_->streams().resize(size); }

bool Process::kill_tree() { return running_->kill_tree(); }

}  // namespace agent
