// What is noticed only after a time that nobody can set. Few and long: they run beside the others.
#include "tests/support/fault_proxy.hpp"
#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kDeadPeer{25};  // 2.5 pings
constexpr seconds kSlack{10};     // busy machine; far below the next limit that could end it
constexpr milliseconds kTrickle{500};

// Sends a byte now and then until the server has had enough.
std::string trickle(TcpSocket& socket, std::string_view bytes, seconds limit) {
  const Deadline deadline(limit);
  for (std::size_t i = 0; !deadline.has_passed(); i = (i + 1) % bytes.size()) {
    if (!socket.try_send(bytes.substr(i, 1))) return {};
    try {
      return socket.receive_all(kTrickle);
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
  scene.server.wait_for_agent("swallowed-1");
  scene.server.wait_for_agent("deserted-1");

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

TEST_CASE("A client that sends its head too slowly is told so and closed", "[system]") {
  Scene scene;
  TcpSocket slow = TcpSocket::connect(scene.server.port());
  slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");
  CHECK(trickle(slow, "abc", seconds(20)).starts_with("HTTP/1.1 408"));
  scene.check_unharmed();
}

TEST_CASE("A client that does not send its body is closed", "[system]") {
  Scene scene;
  HttpClient http = scene.server.client();
  http.send_bytes("POST /api/foo/bystander HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  CHECK(http.socket().is_closed_within(seconds(30) + kSlack));
  scene.check_unharmed();
}

TEST_CASE("An agent that pings every 10 s as originals do is kept, whatever else it leaves out", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  for (int i = 0; i < 3; ++i) {
    CHECK_THROWS_AS(agent.peer().receive_type(8, seconds(10)), TimedOut);
    agent.peer().send_frame({.opcode = Opcode::ping});
  }
  CHECK(scene.server.has("wire-1"));
  scene.check_unharmed();
}
