// The pages under docs/ and the README say what the programs do.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "agent/config.hpp"
#include "agent/manifest.hpp"
#include "server/server_config.hpp"
#include "tests/support/places.hpp"

namespace {

std::string page(const std::string& name) {
  std::ifstream file(test::source_path(name));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool names(const std::string& text, const std::string& key) {
  return text.find("`" + key + "`") != std::string::npos;
}

}  // namespace

TEST_CASE("Every setting of agents and of the server stands in docs/configuration.md", "[docs]") {
  std::string text = page("docs/configuration.md");
  for (const auto& setting : agent::describe_settings(agent::Config{})) {
    INFO(setting.key);
    CHECK(names(text, setting.key));
  }
  for (const auto& setting : agent::describe_settings(server::ServerConfig{})) {
    INFO(setting.key);
    CHECK(names(text, setting.key));
  }
}

TEST_CASE("The hello agent of the README is the one that is built", "[docs]") {
  std::string program = page("examples/hello-agent/main.cpp");
  CHECK(page("README.md").find("```cpp\n" + program + "```") != std::string::npos);
  CHECK(std::count(program.begin(), program.end(), '\n') <= 19);
}

TEST_CASE("The examples' C++ is at most 60 lines", "[docs]") {
  std::string program = page("examples/example-agent/main.cpp");
  CHECK(std::count(program.begin(), program.end(), '\n') <= 60);
}
