#include "agent/process.hpp"

#include <utility>

#include "base/text_decoder.hpp"
#include "host/children.hpp"
#include "host/running_process.hpp"

namespace agent {

void check_charset(const std::string& charset) { TextDecoder decoder(charset); }

ChildReaper::ChildReaper(asio::any_io_executor executor)
    : children_(std::make_shared<host::Children>(std::move(executor))) {
  children_->start();
}

ChildReaper::~ChildReaper() { children_->stop(); }

void ChildReaper::stop() { children_->stop(); }

Process::Process(ChildReaper& reaper, ProcessOptions options)
    : running_(host::RunningProcess::start(reaper.children_, std::move(options))) {}

Process::~Process() { running_->abandon(); }

int Process::pid() const { return running_->pid(); }

Task<std::string> Process::read() { return host::RunningProcess::read(running_); }

Task<ExitStatus> Process::wait() { return host::RunningProcess::wait(running_); }

Task<> Process::write(std::string bytes) { return running_->streams().write(std::move(bytes)); }

void Process::close_input() { running_->close_input(); }

void Process::resize(TerminalSize size) { running_->streams().resize(size); }

bool Process::kill_tree() { return running_->kill_tree(); }

}  // namespace agent
