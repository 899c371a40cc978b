#include <agent/main.hpp>

struct Foo {
  static constexpr agent::MessageKind message{1001, "foo"};
  std::string name;
  static void fields(auto& field) { field("name", &Foo::name, "whom to greet"); }
};

struct Bar {
  static constexpr agent::MessageKind message{1002, "bar"};
  std::string greeting;
  static void fields(auto& field) { field("greeting", &Bar::greeting); }
};

int main(int argc, char** argv) {
  agent::Agent hello("hello-agent", "1.0.0");
  hello.on<Foo>([](const Foo& foo) { return Bar{"hello, " + foo.name}; });
  return agent::main(hello, argc, argv);
}
