#include "core/played_server.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/wire/call.hpp"
#include "agent/wire/file.hpp"
#include "core/agent_settings.hpp"
#include "net/spawn.hpp"
#include "net/stream_pair.hpp"

namespace agent::core {
namespace {

// Nothing is dialled: any address will do.
constexpr const char* kAddress = "test:1";
constexpr std::size_t kAnyMessage = 1024 * 1024 * 1024;
// Real time in which an agent comes to rest, work on other threads included. One that does not never will.
constexpr std::chrono::seconds kPatience{60};
// How often it is looked at, and at work on other threads.
constexpr std::size_t kLook = 1024;
constexpr std::chrono::milliseconds kBusyLook{100};
// More than an agent takes to stop or to connect again (core/timing.hpp, base/backoff.hpp).
constexpr std::chrono::seconds kLongest{10};

// The server of a test is never too slow and never silent: nothing is to happen because of it.
Timing test_timing() {
  constexpr std::chrono::hours never{24 * 365 * 10};
  return {.dial = never, .handshake = never, .ping = never, .ping_with_report = never, .silence = never};
}

wire::Handshake welcome(const wire::Come& come) {
  wire::Handshake answer;
  answer.ok = true;
  answer.caps = come.caps;
  std::erase(answer.caps, wire::kStreamCapability);  // a test has no place for contents beside the messages
  return answer;
}

struct SetAtEnd {
  std::shared_ptr<TestExchange> exchange;
  ~SetAtEnd() { exchange->ended = true; }
};

Task<> run_watched(Task<> handler, std::shared_ptr<TestExchange> exchange) {
  const SetAtEnd at_end{std::move(exchange)};
  co_await std::move(handler);
}

}  // namespace

ManualClock* PlayedServer::free_clock(ManualClock& clock) {
  if (ManualClock::current() != nullptr) throw Error(Errc::busy, "another TestServer lives on this thread");
  return &clock;
}

PlayedServer::PlayedServer(Agent& agent, std::string_view settings)
    : agent_(agent),
      state_(state_of(agent)),
      scope_(free_clock(clock_)),
      work_(asio::make_work_guard(loop_.io())),
      look_(loop_.io()) {
  if (state_.has_run) throw Error(Errc::cancelled, "TestServer: an agent runs once");
  read_settings(settings);
  state_.has_run = true;
  auto dial_here = [this](net::Loop&, net::DialOptions options) { return dial(std::move(options)); };
  runtime_.emplace(loop_, state_, Backoff([] { return 0.0; }), test_timing(), dial_here);
  watch_handlers();
  settle();
}

void PlayedServer::read_settings(std::string_view text) {
  state_.config.id = "test";
  SettingsSource source;
  source.text = text;
  source.server = kAddress;
  core::read_settings(state_, source).check();
}

void PlayedServer::watch_handlers() {
  for (auto& [type, route] : state_.routes) route = watched(std::move(route));
  if (state_.other) state_.other = watched(std::move(state_.other));
}

Route PlayedServer::watched(Route route) {
  return [this, route = std::move(route)](const Envelope& request, const Call& call) {
    const auto found = exchanges_.find(request.tid());
    if (found == exchanges_.end()) return route(request, call);
    const std::shared_ptr<TestExchange> exchange = found->second;
    try {
      Task<> handler = route(request, call);
      if (handler.valid()) return run_watched(std::move(handler), exchange);
    } catch (...) {
      exchange->ended = true;
      throw;
    }
    exchange->ended = true;
    return Task<>();
  };
}

// ---- what the test asks for

std::shared_ptr<TestExchange> PlayedServer::call(int type, std::string tid, const std::string& text) {
  auto exchange = std::make_shared<TestExchange>(TestExchange{this, std::move(tid)});
  exchange->ended = !state_.routes.contains(type) && !state_.other;
  exchanges_[exchange->tid] = exchange;
  send(text);
  return exchange;
}

void PlayedServer::send(const std::string& text) {
  if (!running()) throw Error(Errc::disconnected, "the agent has stopped");
  if (!state_.connected || !socket_) throw Error(Errc::disconnected, "the agent is not connected");
  socket_->send(text);
  settle();
}

void PlayedServer::cancel(TestExchange& exchange) {
  exchange.cancelled = true;
  if (socket_) socket_->send(encode_message(wire::Cancel{}, exchange.tid));
  settle();
}

void PlayedServer::advance(std::chrono::nanoseconds duration) {
  step_until(duration, [] { return false; });
}

bool PlayedServer::wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const RealClock::time_point end = RealClock::now() + limit;
  for (;;) {
    settle();
    if (condition()) return true;
    if (!running() || RealClock::now() >= end) return false;
    loop_.io().run_one_until(end);
  }
}

void PlayedServer::disconnect() {
  away_ = true;
  if (socket_) socket_->stream().close();
  settle();
}

void PlayedServer::connect() {
  away_ = false;
  back_.wake();
  step_until(kLongest, [this] { return state_.connected; });
  if (!state_.connected) throw Error(Errc::disconnected, "the agent does not connect");
}

void PlayedServer::stop() {
  agent_.stop();
  step_until(kLongest, [] { return false; });
}

double PlayedServer::metric(std::string_view series) const {
  const std::string text = "\n" + state_.registry.expose();
  const std::string start = "\n" + std::string(series) + " ";
  const std::size_t found = text.find(start);
  if (found == std::string::npos) throw Error(Errc::not_found, "no series " + std::string(series));
  return std::strtod(text.c_str() + found + start.size(), nullptr);
}

// ---- the server's side of the connection

Task<std::unique_ptr<net::WebSocket>> PlayedServer::dial(net::DialOptions options) {
  while (away_) co_await back_.wait();
  auto ends = net::make_stream_pair(loop_);
  const net::WebSocketOptions of_server{.is_server = true, .max_message = kAnyMessage};
  socket_ = std::make_shared<net::WebSocket>(std::move(ends.first), of_server);
  net::spawn(loop_, serve(socket_), "test server");
  const net::WebSocketOptions of_agent{.max_message = options.max_message};
  co_return std::make_unique<net::WebSocket>(std::move(ends.second), of_agent);
}

Task<> PlayedServer::serve(std::shared_ptr<net::WebSocket> socket) {
  try {
    std::string first = co_await socket->read();
    const Envelope come = Envelope::parse(std::move(first));
    socket->send(encode_message(welcome(come.payload<wire::Come>())));
    for (;;) {
      std::string text = co_await socket->read();
      take(std::move(text));
    }
  } catch (const Error& error) {
    if (socket_ == socket) socket_.reset();
    if (error.code() != Errc::disconnected) throw;
  }
}

void PlayedServer::take(std::string text) {
  const Envelope message = Envelope::parse(text);
  if (message.type() == wire::Held::message.type) return answer(message.payload<wire::Held>());
  if (message.tid().empty()) return take_report(message, std::move(text));
  if (TestExchange* exchange = find(message.tid())) take_reply(*exchange, message, std::move(text));
}

// Each numbered one once (capability `reports`).
void PlayedServer::take_report(const Envelope& message, std::string text) {
  const json::Value number = message.root().find(wire::kReportNumberKey);
  if (number.is_null()) return reports.push_back(std::move(text));
  std::uint64_t value = 0;
  json::read(number, value);
  if (value > reported_) reports.push_back(std::move(text));
  reported_ = std::max(reported_, value);
  if (socket_) socket_->send(encode_message(wire::Reported{reported_}));
}

void PlayedServer::take_reply(TestExchange& exchange, const Envelope& message, std::string text) {
  if (message.seq() != 0) {
    const std::uint64_t had = std::exchange(exchange.seq, std::max(exchange.seq, message.seq()));
    acknowledge(exchange.tid, exchange.seq);
    if (message.seq() <= had) return;
  }
  if (message.type() == wire::kErrorType) {
    exchange.error = message.errmsg();
    ++exchange.errors;
  }
  exchange.texts.push_back(std::move(text));
}

void PlayedServer::answer(const wire::Held& held) {
  for (const wire::HeldCall& call : held.calls) {
    const TestExchange* exchange = find(call.tid);
    const bool is_wanted = exchange != nullptr && !exchange->cancelled;
    acknowledge(call.tid, is_wanted ? exchange->seq : 0, !is_wanted);
  }
}

void PlayedServer::acknowledge(std::string_view tid, std::uint64_t seq, bool over) {
  if (socket_) socket_->send(encode_message(wire::Ack{seq, over}, tid));
}

TestExchange* PlayedServer::find(std::string_view tid) {
  const auto found = exchanges_.find(tid);
  return found == exchanges_.end() ? nullptr : found->second.get();
}

// ---- time

// From one moment at which something is due to the next.
void PlayedServer::step_until(std::chrono::nanoseconds limit, const std::function<bool()>& condition) {
  const Clock::time_point end = clock_.now() + std::max(limit, std::chrono::nanoseconds(0));
  settle();
  while (running() && !condition() && clock_.step(end)) settle();
}

// Runs what can run at this moment, and what follows from it.
void PlayedServer::settle() {
  const RealClock::time_point limit = RealClock::now() + kPatience;
  while (running() && (run_due(limit) > 0 || clock_.is_busy())) {
    if (clock_.is_busy()) loop_.io().run_one_for(kBusyLook);
    if (RealClock::now() >= limit) throw Error(Errc::timeout, "the agent does not come to rest");
  }
}

// The number of handlers that have run. Asio asks the system when a timer is due, and the system knows only
// the real time: a timer of the past makes it look at all of them, by the test's clock.
std::size_t PlayedServer::run_due(RealClock::time_point limit) {
  looked_ = false;
  look_.expires_at(Clock::time_point());
  look_.async_wait([this](const asio::error_code& replaced) { looked_ = looked_ || !replaced; });
  std::size_t ran = 0;
  while (!looked_ && running()) ran += loop_.io().run_one();
  while (loop_.io().poll_one() > 0) {
    if (++ran % kLook == 0 && RealClock::now() >= limit) break;
  }
  return ran - std::min<std::size_t>(ran, 1);
}

}  // namespace agent::core
