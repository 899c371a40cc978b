// cp: files from this machine to another one, or back.
#include <fmt/format.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "agentctl/copying.hpp"
#include "agentctl/ctl_verbs.hpp"
#include "base/event.hpp"
#include "net/spawn.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

constexpr int kInterrupted = 130;

// Several to send to, one to fetch from.
std::vector<std::string> agents_of(const CopyOrder& order) {
  if (order.target.is_remote()) return split_ids(order.target.agent);
  const std::string& agent = order.sources.front().agent;
  for (const Place& source : order.sources)
    if (source.agent != agent || agent.find(',') != std::string::npos)
      throw Error(Errc::bad_config, "files come from one machine at a time");
  return {agent};
}

// One call of cp, which a signal may end.
struct Call {
  std::optional<int> code;
  std::exception_ptr failure;
  agent::Event changed;
};

Task<bool> copy_with(Tools tools, std::string agent, std::string label, CopyOrder order) {
  const auto copying = std::make_shared<Copying>(tools, std::move(agent), std::move(label));
  const bool is_done = co_await copying->run(std::move(order));
  co_return is_done;
}

// One after the other; what is wrong with one of several machines does not keep the file from the next.
Task<> copy_with_all(Tools tools, CopyOrder order, std::shared_ptr<Call> call) {
  const std::vector<std::string> agents = agents_of(order);
  bool is_done = true;
  for (const std::string& agent : agents) {
    const std::string label = agents.size() > 1 ? agent + ": " : "";
    try {
      const bool is_copied = co_await copy_with(tools, agent, label, order);
      is_done = is_done && is_copied;
    } catch (const Error& error) {
      if (agents.size() == 1) throw;
      tools.console.warn(fmt::format("agentctl: {}{}", label, error.text()));
      is_done = false;
    }
  }
  call->code = is_done ? kOk : kFailed;
}

}  // namespace

// A file that is not whole leaves nothing: its coroutine ends with the loop.
Task<int> copy_files(Tools tools) {
  CopyOrder order = parse_copy(tools.options.words);
  const auto call = std::make_shared<Call>();
  agent::net::Loop& loop = tools.api.loop();
  agent::net::spawn(loop, copy_with_all(tools, std::move(order), call), [call](std::exception_ptr thrown) {
    call->failure = thrown;
    call->changed.wake();
  });
  asio::signal_set signals(loop.io(), SIGINT, SIGTERM, SIGHUP);
  signals.async_wait([call, &console = tools.console](asio::error_code failed, int) {
    if (failed) return;
    if (!console.has_progress()) console.begin_line();
    call->code = kInterrupted;
    call->changed.wake();
  });
  while (!call->code && !call->failure) co_await call->changed.wait();
  tools.console.end_progress();
  if (call->failure) std::rethrow_exception(call->failure);
  co_return *call->code;
}

}  // namespace agentctl
