#include "tests/support/exec_swarm.hpp"

#include <utility>

#include "agent/base64.hpp"
#include "agent/message.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/exec.hpp"
#include "net/dial.hpp"
#include "net/spawn.hpp"
#include "tests/support/patience.hpp"

namespace test {

namespace wire = agent::wire;
using agent::encode_message;
using agent::Envelope;

namespace {

std::string come_of(const std::string& id) {
  wire::Come come;
  come.id = id;
  come.name = "exec-agent";
  come.version = "1.0.0";
  come.ip.text = "127.0.0.1";
  come.os = "linux";
  come.arch = "x86_64";
  come.memory = 1 << 30;
  return encode_message(come);
}

void answer(agent::net::WebSocket& socket, const std::string& id, std::string_view tid) {
  wire::Execd started;
  started.ok = true;
  started.pid = 4711;
  socket.send(encode_message(started, tid));
  socket.send(encode_message(wire::ExecData{agent::encode_base64("hello from " + id + "\n")}, tid));
  socket.send(encode_message(wire::ExecDone{}, tid));
}

}  // namespace

ExecSwarm::ExecSwarm(std::uint16_t port, std::vector<std::string> ids)
    : address_("127.0.0.1:" + std::to_string(port)) {
  for (std::string& id : ids) {
    std::string what = id;
    agent::net::spawn(loop_, serve(std::move(id)), std::move(what));
  }
  thread_ = std::thread([this] { loop_.run(); });
  wait_until(
      "the swarm is connected", [&] { return connected_ == ids.size(); }, 3 * kPatience);
}

ExecSwarm::~ExecSwarm() {
  loop_.post([this] { loop_.stop(); });
  thread_.join();
}

agent::Task<> ExecSwarm::serve(std::string id) {
  agent::net::DialOptions options;
  options.address = address_;
  std::unique_ptr<agent::net::WebSocket> socket = co_await agent::net::dial(loop_, options);
  socket->send(come_of(id));
  co_await socket->read();
  ++connected_;
  for (;;) {
    std::string text = co_await socket->read();
    const Envelope message = Envelope::parse(std::move(text));
    if (message.type() != wire::Exec::message.type) continue;
    if (id.starts_with("vanish-")) {
      // Said, because programs that a test has started may have the descriptor, too, and keep it open.
      socket->close(1001, "it vanishes");
    } else if (!id.starts_with("hang-")) {
      answer(*socket, id, message.tid());
    }
  }
}

}  // namespace test
