// What a project outside of this repository writes: the smallest program that needs libagent.
#include <agent/json.hpp>
#include <iostream>

struct Foo {
  std::string name;
  static void fields(auto& field) { field("name", &Foo::name); }
};

int main() {
  Foo foo = agent::json::decode<Foo>(R"({"name": "world"})");
  std::cout << "hello, " << foo.name << '\n';
}
