// shell, attach: a person at a terminal of a machine.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "agent/json_value.hpp"
#include "agentctl/ctl_verbs.hpp"
#include "agentctl/escape_keys.hpp"
#include "agentctl/local_terminal.hpp"
#include "agentctl/run_order.hpp"
#include "agentctl/safe_text.hpp"
#include "agentctl/terminal_link.hpp"
#include "agentctl/view.hpp"
#include "base/event.hpp"
#include "net/spawn.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

constexpr std::chrono::milliseconds kCongested{50};
constexpr const char* kHelp = "~. leaves, ~t takes over from who types, ~~ is a ~";

std::optional<char> escape_of(const std::string& text) {
  if (text == "none") return std::nullopt;
  if (text.size() == 1) return text.front();
  throw Error(Errc::bad_config, "--escape: want one character, or none");
}

// Sitting: a person at the terminal, from sitting down to the command's end or the person's leaving.
class Sitting : public std::enable_shared_from_this<Sitting> {
 public:
  // `is_met`: the server has just answered.
  Sitting(Tools tools, TaskName name, bool is_met)
      : tools_(tools),
        shown_name_(name.text()),
        escape_(escape_of(tools.options.escape)),
        keyboard_(tools.api.loop().io()),
        signals_(tools.api.loop().io(), SIGWINCH, SIGTERM, SIGHUP) {
    signals_.add(SIGINT);  // from elsewhere: on this terminal Ctrl-C is a key
    LinkOptions options;
    options.is_met = is_met;
    options.show = [this](std::string_view bytes) { terminal_.show(bytes); };
    options.tell = [this](const std::string& line) { tell(line); };
    link_ = std::make_shared<TerminalLink>(tools.api, std::move(name), std::move(options));
  }

  static Task<int> run(std::shared_ptr<Sitting> self) {
    agent::net::Loop& loop = self->tools_.api.loop();
    agent::net::spawn(loop, watch_link(self), [self](std::exception_ptr thrown) {
      if (thrown) self->failure_ = thrown;
      self->changed_.wake();
    });
    agent::net::spawn(loop, read_keys(self), [self](std::exception_ptr thrown) {
      if (thrown && !self->is_over()) self->failure_ = thrown;
      self->changed_.wake();
    });
    self->watch_signals();
    while (!self->end_ && !self->has_left_ && !self->failure_) co_await self->changed_.wait();
    self->terminal_.restore();
    self->keyboard_.release();
    co_return self->finish();
  }

 private:
  static Task<> watch_link(std::shared_ptr<Sitting> self) {
    self->end_ = co_await TerminalLink::run(self->link_);
  }

  // The descriptor is shared with whoever started us and stays as it is: it is read when there is something.
  static Task<> read_keys(std::shared_ptr<Sitting> self) {
    self->keyboard_.assign(STDIN_FILENO);
    while (!self->is_over()) {
      asio::error_code failed;
      auto token = asio::redirect_error(asio::use_awaitable, failed);
      co_await self->keyboard_.async_wait(asio::posix::stream_descriptor::wait_read, token);
      if (failed || !self->take_keys()) co_return self->leave();
      while (self->link_->is_congested() && !self->is_over()) co_await agent::pause(kCongested);
    }
  }

  bool is_over() const { return end_ || has_left_ || failure_; }

  bool take_keys() {
    std::array<char, 4096> buffer;
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (count <= 0) return false;  // the terminal is gone
    std::string_view typed(buffer.data(), static_cast<std::size_t>(count));
    while (!typed.empty()) {
      const Keys keys = escape_.feed(typed);
      if (!keys.bytes.empty()) link_->type(keys.bytes);
      if (keys.order) obey(*keys.order);
      typed = keys.rest;
    }
    return true;
  }

  void obey(KeyOrder order) {
    switch (order) {
      case KeyOrder::leave: return leave();
      case KeyOrder::take_over: return link_->take_over();
      case KeyOrder::help: return tell(kHelp);
    }
  }

  void leave() {
    has_left_ = true;
    changed_.wake();
  }

  void watch_signals() {
    signals_.async_wait([weak = weak_from_this()](asio::error_code failed, int number) {
      const auto self = weak.lock();
      if (!self || failed) return;
      if (number != SIGWINCH) return self->leave();
      self->link_->resize(LocalTerminal::size());
      self->watch_signals();
    });
  }

  // The terminal moves down by lines, and not to their beginning.
  void tell(const std::string& line) { tools_.console.print_error("\r\n[" + safe_text(line) + "]\r\n"); }

  int finish() {
    if (failure_) std::rethrow_exception(failure_);
    if (!end_) {
      tools_.console.print_error("\n");  // the prompt stands there
      tools_.console.warn("left running: agentctl attach " + shown_name_);
      return 130;
    }
    if (!end_->reason.empty()) tools_.console.hint("agentctl: " + end_->reason);
    return exit_code_of(*end_);
  }

  Tools tools_;
  const std::string shown_name_;
  EscapeKeys escape_;
  LocalTerminal terminal_;
  asio::posix::stream_descriptor keyboard_;
  asio::signal_set signals_;
  std::shared_ptr<TerminalLink> link_;
  std::optional<TaskEnd> end_;
  std::exception_ptr failure_;
  bool has_left_ = false;
  agent::Event changed_;
};

std::string shell_body(const RunOptions& run) {
  const LocalSize size = LocalTerminal::size();
  RunOptions options = run;
  const char* term = std::getenv("TERM");
  if (term != nullptr && *term != '\0') options.env.insert(options.env.begin(), std::string("TERM=") + term);
  return terminal_body(options, size.rows, size.columns);
}

Task<int> sit_down(Tools tools, TaskName name, bool is_met) {
  const auto sitting = std::make_shared<Sitting>(tools, std::move(name), is_met);
  const int code = co_await Sitting::run(sitting);
  co_return code;
}

void check_terminal() {
  if (::isatty(STDIN_FILENO) != 1)
    throw Error(Errc::bad_config, "stdin is no terminal; `agentctl run` is for scripts");
}

}  // namespace

Task<int> open_shell(Tools tools) {
  check_terminal();
  escape_of(tools.options.escape);
  const std::string& agent = tools.options.words[0];
  std::string method = "POST";
  std::string path = fmt::format("/api/exec/{}/run", url_part(agent));
  std::string body = shell_body(tools.options.run);
  const Answer answer = co_await tools.api.call(std::move(method), std::move(path), std::move(body));
  TaskName name{.agent = agent, .task = cell_text(answer.payload().find("id"))};
  const int code = co_await sit_down(tools, std::move(name), true);
  co_return code;
}

Task<int> attach_task(Tools tools) {
  check_terminal();
  std::string text = tools.options.words[0];
  TaskName name = co_await find_task(&tools.api, std::move(text));
  const int code = co_await sit_down(tools, std::move(name), false);
  co_return code;
}

}  // namespace agentctl
