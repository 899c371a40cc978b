#include "core/session.hpp"

#include <algorithm>
#include <utility>

#include "agent/log.hpp"
#include "agent/wire/call.hpp"
#include "core/handshake.hpp"

namespace agent::core {
namespace {

// RFC 6455, 7.4.1
constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kPolicyViolation = 1008;

std::string encode_unserved(int type, std::string_view tid) {
  json::Writer out;
  out.begin_object().key("type").integer(wire::kErrorType).key("tid").string(tid);
  out.key("errmsg").string(fmt::format("the agent serves no messages of type {}", type));
  out.key(wire::kReasonKey).string(wire::kUnservedReason);
  return out.end_object().take();
}

}  // namespace

Session::Session(net::Loop& loop, net::WebSocket& socket, const AgentState& state, Sender& sender,
                 Calls& calls, ReportSpool& spool, Timing timing, std::vector<std::string> caps)
    : socket_(socket),
      state_(state),
      sender_(sender),
      calls_(calls),
      spool_(spool),
      timing_(timing),
      caps_(std::move(caps)),
      pings_(
          loop, timing.ping, [this] { keep_alive(); }, net::Ticker::Kind::work) {
  pings_.start();
  socket_.stream().expires_at(net::Clock::now() + timing_.silence);
  sender_.after_spooled = [this] { ping_with_report(); };
  const bool has_ack = has(wire::kAckCapability);
  const wire::Held held = calls_.begin(has_ack);
  if (!held.calls.empty()) log::info("{} calls live on", held.calls.size());
  sender_.attach(socket_, has_ack ? encode_message(held) : std::string());
  spool_.begin(has(wire::kReportsCapability));
}

Task<> Session::serve() {
  for (;;) {
    std::string text = co_await socket_.read();
    receive(std::move(text));
    while (std::optional<std::string> more = socket_.next()) receive(std::move(*more));
    // A server that asks and does not take the answers is not listened to until it does.
    while (!sender_.has_room() && socket_.stream().is_open()) co_await sender_.wait();
  }
}

void Session::end() {
  calls_.end();
  spool_.end();
  sender_.after_spooled = nullptr;
  sender_.detach();
}

bool Session::has(std::string_view capability) const {
  return std::find(caps_.begin(), caps_.end(), capability) != caps_.end();
}

void Session::leave(std::string_view why) { socket_.close(kGoingAway, why); }

// An agent that reports every few seconds is awake then, and the pong comes with the acknowledgement: it
// needs no further wake-ups for its pings.
void Session::ping_with_report() {
  if (net::Clock::now() - pinged_at_ < timing_.ping_with_report) return;
  pings_.stop();
  keep_alive();
  pings_.start();
}

void Session::keep_alive() {
  pinged_at_ = net::Clock::now();
  socket_.ping();
  socket_.stream().expires_at(socket_.last_heard() + timing_.silence);
}

void Session::receive(std::string text) {
  state_.counters.received_messages.add();
  state_.counters.received_bytes.add(text.size());
  if (has(wire::kStreamCapability) && net::is_bulk(text)) return receive_bulk(text);
  std::optional<Envelope> message = parse(std::move(text));
  if (!message) return;
  if (message->type() == wire::Handshake::message.type) {
    follow(*message);
  } else if (message->type() == wire::Ack::message.type && has(wire::kAckCapability)) {
    calls_.acknowledge(*message);
  } else if (message->type() == wire::Settled::message.type && has(wire::kBriefCapability)) {
    calls_.settle(*message);
  } else if (message->type() == wire::Cancel::message.type && has(wire::kCancelCapability)) {
    calls_.cancel(message->tid());
  } else if (message->type() == wire::Reported::message.type && has(wire::kReportsCapability)) {
    take(*message);
  } else {
    route(*message);
  }
}

void Session::receive_bulk(const std::string& frame) {
  try {
    sender_.streams()->receive(frame);
  } catch (const Error& error) {
    socket_.close(kPolicyViolation, error.what());
    throw;
  }
}

// nullopt for what is no message: counted and skipped, unless nothing else comes.
std::optional<Envelope> Session::parse(std::string text) {
  try {
    Envelope message = Envelope::parse(std::move(text));
    bad_in_a_row_ = 0;
    return message;
  } catch (const Error& error) {
    state_.counters.bad_messages.add();
    log::Level level = bad_in_a_row_ == 0 ? log::Level::warn : log::Level::debug;
    if (log::enabled(level)) log::write(level, fmt::format("skipped a message: {}", error.what()));
    if (++bad_in_a_row_ < kMaxBadMessages) return std::nullopt;
    socket_.close(kPolicyViolation, "too many bad messages");
    throw error.within(fmt::format("{} bad messages in a row", bad_in_a_row_));
  }
}

void Session::route(const Envelope& message) {
  auto found = state_.routes.find(message.type());
  if (found != state_.routes.end()) {
    calls_.start(found->second, message);
  } else if (state_.other) {
    calls_.start(state_.other, message);
  } else {
    ignore(message);
  }
}

// No handler serves this type. An original waits for its time-out; our own server is told.
void Session::ignore(const Envelope& message) {
  state_.counters.ignored_messages.add();
  log::debug("ignored a message of type {}", message.type());
  const bool is_request = !message.tid().empty() && !is_reserved(message.type());
  if (is_request && has(wire::kEndCapability)) sender_.reply(encode_unserved(message.type(), message.tid()));
}

// The server has taken reports.
void Session::take(const Envelope& message) {
  try {
    spool_.acknowledge(message.payload<wire::Reported>().number);
  } catch (const Error& error) {
    state_.counters.bad_messages.add();
    log::warn("skipped a message: {}", error.what());
  }
}

// A handshake within a session: the server leaves, and says where to go or when to come back.
void Session::follow(const Envelope& message) {
  try {
    Answer answer = read_answer(message);
    if (answer.kind == Answer::Kind::accepted) return;
    elsewhere = redirect_targets(std::move(answer.servers), socket_.stream().is_tls());
    retry_after = answer.retry_after;
    leave("as told");
  } catch (const Error& error) {
    state_.counters.bad_messages.add();
    log::warn("skipped a message: {}", error.what());
  }
}

}  // namespace agent::core
