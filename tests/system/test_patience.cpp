// What is noticed only after a time that nobody can set. Few and long: they run beside the others.
#include <thread>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;
using agent::wire::Handshake;
using std::chrono::seconds;

namespace {

constexpr seconds kDeadPeer{25};  // 2.5 pings
constexpr seconds kHeadLimit{10};
constexpr seconds kBodyLimit{30};
constexpr seconds kFirstMessage{60};
constexpr seconds kMessageTime{60};
constexpr seconds kSlack{10};  // busy machine; far below the next limit that could end it
constexpr seconds kPing{10};   // what originals do

// An agent that pings as originals do, and does nothing else.
class Pinging {
 public:
  explicit Pinging(WireAgent& agent) : thread_([&agent](std::stop_token stop) { run(agent, stop); }) {}

 private:
  static void run(WireAgent& agent, std::stop_token stop) {
    for (long second = 1; !stop.stop_requested(); ++second) {
      if (agent.peer().is_closed_within(seconds(1))) return;  // the test will see that it is gone
      if (second % kPing.count() == 0) agent.socket().try_send(encode_frame({.opcode = Opcode::ping}, true));
    }
  }

  std::jthread thread_;
};

// Sends a byte each second until an answer comes.
std::string trickle(TcpSocket& socket, seconds limit) {
  const Deadline deadline(limit);
  while (!deadline.has_passed() && socket.try_send("x")) {
    try {
      return socket.receive(seconds(1));
    } catch (const TimedOut&) {
    }
  }
  throw TimedOut("the server took it all");
}

}  // namespace

TEST_CASE("Both sides notice that the other has fallen silent, and the agent comes back", "[system]") {
  Scene scene;
  FaultProxy hole(scene.server.port());
  FaultProxy half(scene.server.port());
  AgentProgram swallowed(hole.address(), "swallowed-1");
  AgentProgram deserted(half.address(), "deserted-1");
  swallowed.wait_for_session();
  deserted.wait_for_session();

  hole.black_hole();
  half.drop_targets();  // the server's side closes, the agent hears nothing
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/foo/swallowed-1");

  const Deadline deadline(kDeadPeer + kSlack);
  scene.server.wait_for_loss("swallowed-1", deadline.left());
  const HttpReply reply = http.read_reply(deadline.left());
  CHECK(json_at(reply.body, "code") == "500");
  swallowed.program().wait_for("disconnected", deadline.left());
  deserted.program().wait_for("disconnected", deadline.left());
  hole.go_on();
  scene.server.wait_for_agent("swallowed-1");
  scene.server.wait_for_agent("deserted-1");
  CHECK(scene.server.foo("swallowed-1") == 200);
  CHECK(scene.server.foo("deserted-1") == 200);
  scene.check_unharmed();
}

TEST_CASE("Peers that are too slow are told so and closed, each in its time", "[system]") {
  Scene scene;
  WireAgent mute(scene.server.port(), {.id = "mute-1"});
  REQUIRE(mute.upgrade() == 101);
  WireAgent pinging = scene.agent({.id = "pinging-1"});
  const Pinging pings(pinging);
  WireAgent halfway = scene.agent({.id = "halfway-1"});
  halfway.peer().send_frame({.payload = "{", .fin = false});
  const Pinging pings_between(halfway);
  TcpSocket slow_head = TcpSocket::connect(scene.server.port());
  slow_head.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");
  HttpClient no_body = scene.server.client();
  no_body.send_bytes("POST /api/agents/bystander/call HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{");
  TcpSocket nothing = TcpSocket::connect(scene.server.port());

  CHECK(trickle(slow_head, kHeadLimit + kSlack).starts_with("HTTP/1.1 408"));
  CHECK(no_body.read_reply(kBodyLimit + kSlack).status == 408);
  const std::string text = mute.peer().receive(kFirstMessage + kSlack);
  const auto answer = agent::Envelope::parse(text).payload<Handshake>();
  CHECK_FALSE(answer.ok);
  CHECK(answer.msg != "");
  CHECK(nothing.is_closed_within(kFirstMessage + kSlack));
  scene.server.wait_for_loss("halfway-1", kMessageTime + kSlack);
  CHECK(scene.server.has("pinging-1"));
  scene.check_unharmed();
}
