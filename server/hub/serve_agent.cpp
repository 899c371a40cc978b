#include "hub/serve_agent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/log.hpp"
#include "hub/claim.hpp"
#include "hub/ids.hpp"
#include "net/spawn_lasting.hpp"

namespace server {

namespace log = agent::log;
using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::net::Clock;
using agent::net::WebSocket;
using agent::wire::Come;
using agent::wire::Handshake;

namespace {

// Bytes of a first message, where max_message is not less. Theirs are below 1 KB. Whoever has not said who it
// is is lent no more memory than this, and what it says is kept as long as the session.
constexpr std::size_t kComeLimit = 64 * 1024;

constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kGoingAway = 1001;

void refuse(WebSocket& socket, std::string reason, Handshake answer = {},
            std::uint16_t code = kPolicyViolation) {
  answer.msg = std::move(reason);
  socket.send(agent::encode_message(answer));
  socket.close(code, answer.msg);
}

// What a refused agent still sends is read and dropped until the close frame has left.
Task<> drain(WebSocket& socket) {
  try {
    for (;;) co_await socket.read();
  } catch (const Error&) {
  }
}

// ComeLimit: tells an agent whose first message is late, and closes.
class ComeLimit final : agent::net::Expiring {
 public:
  ComeLimit(WebSocket& socket, std::chrono::milliseconds limit) : socket_(socket), limit_(limit) {
    deadline = Clock::now() + limit;
    socket_.stream().loop().watch(*this);
  }
  ~ComeLimit() { socket_.stream().loop().remove(*this); }
  ComeLimit(const ComeLimit&) = delete;
  ComeLimit& operator=(const ComeLimit&) = delete;

  // For a message that came while the refusal was on its way.
  void check() const {
    if (expired_) throw Error(Errc::timeout, reason());
  }

 private:
  void expire() override {
    expired_ = true;
    refuse(socket_, reason());
  }
  std::string reason() const {
    return fmt::format("no come message within {} s", limit_ / std::chrono::seconds(1));
  }

  WebSocket& socket_;
  const std::chrono::milliseconds limit_;
  bool expired_ = false;
};

// Registered: a session's membership in hub and loop, for as long as its socket is read.
class Registered {
 public:
  explicit Registered(Session& session) : session_(session) { session_.begin(); }
  ~Registered() {
    session_.home().sessions().remove(session_);
    session_.end(reason_.empty() ? "server is stopping" : reason_);
  }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;

  void set_reason(std::string reason) { reason_ = std::move(reason); }

 private:
  Session& session_;
  std::string reason_;  // "" as long as it goes on
};

// A stranger's message may have kComeLimit bytes, and one who sends more is told as after any other fault.
void limit_stranger(WebSocket& socket) {
  const std::size_t limit = std::min(kComeLimit, socket.max_message());
  Handshake refusal;
  refusal.msg = fmt::format("the first message has more than {} bytes", limit);
  socket.set_max_message(limit, agent::encode_message(refusal));
}

// Says whether the agent or the network is to blame for the missing first message.
ConnectResult result_of(const Error& error) {
  const bool sent_nonsense = error.code() == Errc::bad_message || error.code() == Errc::too_large;
  return sent_nonsense ? ConnectResult::bad_come : ConnectResult::no_come;
}

// Throws bad_message with a text for the agent's log. An empty id is left empty.
Come read_come(std::string text) {
  const Envelope envelope = Envelope::parse(std::move(text));
  if (envelope.type() != Come::message.type) {
    throw Error(Errc::bad_message, fmt::format("the first message is of type {}, not {} (come)",
                                               envelope.type(), Come::message.type));
  }
  Come come = envelope.payload<Come>();
  if (const char* fault = id_fault(come.id))
    throw Error(Errc::bad_message, fmt::format("come: id: {}", fault));
  return come;
}

Task<Come> receive_come(Hub& hub, WebSocket& socket) {
  std::string text;
  try {
    ComeLimit limit(socket, hub.options().first_message);
    text = co_await socket.read();
    limit.check();
  } catch (const Error& error) {
    hub.count(result_of(error));
    throw;
  }
  try {
    co_return read_come(std::move(text));
  } catch (const Error& error) {
    hub.count(ConnectResult::bad_come);
    refuse(socket, std::string(error.text()));
    throw;
  }
}

// "from 192.0.2.1", with the token's name if there was one.
std::string origin(const std::string& address, const Grant& grant) {
  return grant.name().empty() ? "from " + address
                              : fmt::format("from {} with token {}", address, grant.name());
}

// Why a session that came as far as its id was refused, for the log.
std::string describe(Hub& hub, const Session& session, ConnectResult result) {
  switch (result) {
    case ConnectResult::conflict: return describe_conflict(hub, session);
    case ConnectResult::revoked: return "the token was revoked";
    case ConnectResult::no_room: return "too many agent ids belong to the token";
    case ConnectResult::not_stored: return "whose the id is cannot be stored";
    default: return hub.farewell().msg;
  }
}

void log_refusal(Hub& hub, const Session& session, ConnectResult result) {
  const std::string& token = session.grant().name();
  const RefusalLog::Lines lines = hub.refusals().note(token, session.id(), Clock::now());
  if (lines.of_id) {
    log::warn("agent {}: refused {}: {}{}", session.id(), origin(session.address(), session.grant()),
              describe(hub, session, result),
              *lines.of_id == 0 ? "" : fmt::format(" ({} more since the last line)", *lines.of_id));
  }
  if (lines.of_others > 0) {
    log::warn("agents {}: {} refusals of further ids",
              token.empty() ? "without tokens" : "with token " + token, lines.of_others);
  }
}

void refuse_claim(Hub& hub, WebSocket& socket, const Session& session, ConnectResult result) {
  log_refusal(hub, session, result);
  if (result == ConnectResult::conflict) return refuse(socket, conflict_text(hub, session));
  if (result != ConnectResult::stopping) return refuse(socket, describe(hub, session, result));
  Handshake answer = hub.farewell();
  refuse(socket, answer.msg, answer, kGoingAway);
}

// Newcomer: an agent that has said who it is, on its way to its shard.
struct Newcomer {
  std::unique_ptr<WebSocket> socket;
  Come come;
  Grant grant;
  std::size_t max_message;  // of its messages from here on
};

// The handshake: a session that is registered and answered, or nullptr after a refusal.
Task<std::shared_ptr<Session>> greet(Hub* hub, Shard* home, Newcomer* newcomer) {
  WebSocket& socket = *newcomer->socket;
  auto session =
      std::make_shared<Session>(*home, socket, std::move(newcomer->come), std::move(newcomer->grant));
  const ConnectResult result = co_await claim(*hub, session);
  hub->count(result);
  if (result != ConnectResult::accepted && result != ConnectResult::taken_over) {
    refuse_claim(*hub, socket, *session, result);
    co_return nullptr;
  }
  Handshake answer;
  answer.ok = true;
  answer.id = session->id();
  answer.caps = session->capabilities();
  socket.send(agent::encode_message(answer));
  log::info("agent {}: connected: {} {} {}{}", session->id(), session->type(), session->come().version,
            origin(session->address(), session->grant()),
            result == ConnectResult::taken_over ? ", in place of its old session" : "");
  co_return session;
}

// On the agent's shard, until the session ends. All in one coroutine: each agent has its frame.
Task<> serve_session(Hub* hub, Shard* home, std::shared_ptr<Newcomer> newcomer) {
  const std::shared_ptr<Session> session = co_await greet(hub, home, newcomer.get());
  const std::unique_ptr<WebSocket> socket = std::move(newcomer->socket);
  if (!session) {
    co_await drain(*socket);
    co_return;
  }
  socket->set_max_message(newcomer->max_message);
  newcomer.reset();
  Registered registered(*session);
  try {
    for (;;) {
      if (session->is_paused()) co_await session->resumed();
      std::optional<std::string> text = socket->next();
      if (!text) text = co_await socket->read();
      session->receive(std::move(*text));
    }
  } catch (const Error& error) {
    registered.set_reason(error.what());
    log::info("agent {}: disconnected: {}", session->id(), error.what());
  }
}

// On the agent's shard, by itself: what was needed to come there is not kept as long as the session.
void begin_session(Hub& hub, Shard& home, std::shared_ptr<Newcomer> newcomer) {
  auto begin = [&hub, &home, newcomer = std::move(newcomer)] { return serve_session(&hub, &home, newcomer); };
  agent::net::spawn_lasting(home.loop(), std::move(begin), "agent session");
}

// From the loop that accepted the connection to that of `home`, where it goes on at once.
void move_there(Hub& hub, Shard& home, std::shared_ptr<Newcomer> newcomer) {
  newcomer->socket->depart();
  home.mailbox().run([&hub, &home, newcomer = std::move(newcomer)]() mutable {
    newcomer->socket->arrive(home.loop());
    begin_session(hub, home, std::move(newcomer));
  });
}

}  // namespace

Task<> serve_agent(Hub& hub, std::unique_ptr<WebSocket> socket, Grant grant) {
  const std::string from = origin(socket->stream().remote_address(), grant);
  const std::size_t max_message = socket->max_message();
  limit_stranger(*socket);
  std::optional<Come> come;
  try {
    come = co_await receive_come(hub, *socket);
  } catch (const Error& error) {
    log::warn("agent {}: {}", from, error.what());
  }
  if (!come) {
    co_await drain(*socket);
    co_return;
  }

  if (come->id.empty()) come->id = new_agent_id();
  Shard& home = hub.place_of(come->id).shard;
  std::shared_ptr<Newcomer> newcomer(
      new Newcomer{std::move(socket), std::move(*come), std::move(grant), max_message});
  if (home.mailbox().is_here()) {
    begin_session(hub, home, std::move(newcomer));
  } else {
    move_there(hub, home, std::move(newcomer));
  }
}

}  // namespace server
