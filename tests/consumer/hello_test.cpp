// A test of a handler as a project outside of this repository writes it, without any test framework.
#include <agent/testing.hpp>

struct Foo {
  static constexpr agent::MessageKind message{1001, "foo"};
  std::string name;
  static void fields(auto& field) { field("name", &Foo::name); }
};

struct Bar {
  static constexpr agent::MessageKind message{1002, "bar"};
  std::string greeting;
  static void fields(auto& field) { field("greeting", &Bar::greeting); }
};

int main() {
  agent::Agent agent("hello-agent", "1.0.0");
  agent.on<Foo>([](Foo foo, agent::Call call) -> agent::Task<> {
    co_await agent::Agent::pause(std::chrono::hours(1));
    call.send(Bar{"hello, " + foo.name});
  });
  agent::TestServer server(agent);
  agent::TestCall call = server.call(Foo{"world"});
  server.advance(std::chrono::hours(1));
  return call.reply<Bar>().greeting == "hello, world" ? 0 : 1;
}
