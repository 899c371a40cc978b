// The whole program, with a main() of libagent that hands the agent to the test.
#include <agent/log.hpp>
#include <agent/main.hpp>
#include <agent/testing.hpp>
#include <agent/wire/control.hpp>
#include <catch2/catch.hpp>
#include <functional>

#define EXAMPLE_AGENT_VERSION "1.0.0"

namespace example {

std::function<void(agent::Agent& agent)> play;

namespace agent {

using namespace ::agent;

int main(Agent& example_agent, int, char**) {
  play(example_agent);
  return 0;
}

}  // namespace agent

#include "examples/example-agent/main.cpp"

}  // namespace example

using agent::TestCall;
using agent::TestServer;
using agent::wire::Bar;
using agent::wire::Foo;

TEST_CASE("example-agent answers foo with bar at once", "[examples]") {
  example::play = [](agent::Agent& agent) {
    TestServer server(agent);
    CHECK(server.call(Foo{}).all<Bar>().size() == 1);
    CHECK(server.metric("example_answered_total") == 1);
  };
  CHECK(example::main(0, nullptr) == 0);
}

TEST_CASE("example-agent thinks for foo.delay, and answers others meanwhile", "[examples]") {
  example::play = [](agent::Agent& agent) {
    TestServer server(agent, "foo.delay = 1h");
    const TestCall first = server.call(Foo{});
    server.advance(std::chrono::minutes(30));
    const TestCall second = server.call(Foo{});
    server.advance(std::chrono::minutes(30));
    CHECK(first.replies() == 1);
    CHECK(second.replies() == 0);
    server.advance(std::chrono::minutes(30));
    CHECK(second.replies() == 1);
    CHECK(server.metric("example_answered_total") == 2);
  };
  example::main(0, nullptr);
}

TEST_CASE("example-agent forgets a caller that has left", "[examples]") {
  example::play = [](agent::Agent& agent) {
    TestServer server(agent, "foo.delay = 10s");
    const TestCall call = server.call(Foo{});
    call.cancel();
    CHECK(call.ended());
    server.advance(std::chrono::minutes(1));
    CHECK(server.metric("example_answered_total") == 0);
  };
  example::main(0, nullptr);
}

TEST_CASE("example-agent refuses a delay beyond an hour", "[examples]") {
  example::play = [](agent::Agent& agent) {
    CHECK_THROWS_WITH(TestServer(agent, "foo.delay = 61m"), Catch::Contains("foo.delay"));
  };
  example::main(0, nullptr);
}
