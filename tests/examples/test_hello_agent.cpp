// The whole program of the README, with a main() of libagent that plays the server instead of dialling one.
#include <agent/main.hpp>
#include <agent/testing.hpp>
#include <catch2/catch.hpp>

namespace hello {

namespace agent {

using namespace ::agent;

int main(Agent& hello_agent, int, char**);

}  // namespace agent

#include "examples/hello-agent/main.cpp"

int agent::main(Agent& hello_agent, int, char**) {
  TestServer server(hello_agent);
  CHECK(server.call(Foo{"world"}).reply<Bar>().greeting == "hello, world");
  CHECK(server.call(Foo{""}).reply<Bar>().greeting == "hello, ");
  return 7;
}

}  // namespace hello

TEST_CASE("hello-agent greets whom it is told to", "[examples]") { CHECK(hello::main(0, nullptr) == 7); }
