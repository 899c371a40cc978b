#include "api/agent_selector.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"
#include "tests/server/api_server.hpp"
#include "tests/support/stable.hpp"

using namespace server;

namespace {

const SelectableAgent kWeb{.id = "web-1",
                           .type = "exec-agent",
                           .version = "2.10.0",
                           .os = "linux",
                           .platform = "debian",
                           .arch = "x86_64",
                           .ip = "192.0.2.7",
                           .mac = "02:00:5e:10:00:01",
                           .binding = "rack a"};

bool is_web(const std::string& text) { return AgentSelector(text).matches(kWeb); }

std::string fault_of(const std::string& text) {
  try {
    AgentSelector{text};
    return {};
  } catch (const agent::Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("A selector compares what an agent is", "[server]") {
  CHECK(is_web(""));
  CHECK(is_web("  "));
  CHECK(is_web("name=web-1"));
  CHECK(is_web("id = web-1"));
  CHECK_FALSE(is_web("name=web"));
  CHECK_FALSE(is_web("name=WEB-1"));
  CHECK(is_web("name!=db-1"));
  CHECK(is_web("name=web-* and os=linux and version>=2.1"));
}

TEST_CASE("A selector knows or and not and parentheses, and binds as Go, C and SQL do", "[server]") {
  CHECK(is_web("os=windows and name=db-1 or name=web-1"));
  CHECK_FALSE(is_web("os=windows and (name=db-1 or name=web-1)"));
  CHECK(is_web("not os=windows"));
  CHECK(is_web("not not os=linux"));
  CHECK_FALSE(is_web("not (os=linux or os=windows)"));
  CHECK(is_web("(os=linux)and(arch=x86_64)"));
}

TEST_CASE("A star in a word is a wildcard and in quotes a star", "[server]") {
  CHECK(is_web("name=*"));
  CHECK(is_web("name=w?b-*"));
  CHECK(is_web("ip=192.0.2.*"));
  CHECK_FALSE(is_web("name='web-*'"));
  CHECK(is_web("binding='rack a'"));
  CHECK(is_web("binding=\"rack a\" and name!=*2"));
  CHECK(is_web("mac=02:00:*"));
  CHECK_FALSE(is_web("name=''"));
}

TEST_CASE("Wildcards that could take for ever do not", "[server]") {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  CHECK_FALSE(wildcard_match(pattern + "b", std::string(20'000, 'a')));
  CHECK(wildcard_match("**", ""));
  CHECK_FALSE(wildcard_match("?", ""));
}

TEST_CASE("Versions are compared by their numbers", "[server]") {
  CHECK(compare_versions("2.10", "2.9") > 0);
  CHECK(compare_versions("2.1", "2.1.0") == 0);
  CHECK(compare_versions("v2.1", "2.01") == 0);
  CHECK(compare_versions("2.1.0-rc1", "2.1.0") < 0);
  CHECK(compare_versions("2.1.0-rc1", "2.1.0-rc2") < 0);
  CHECK(compare_versions("99999999999999999999999999", "9") > 0);
  CHECK(compare_versions("", "1") < 0);
  CHECK(compare_versions("abc", "abd") < 0);
  CHECK(is_web("version>2.9 and version<3 and version<=2.10.0 and version>=2.10"));
}

TEST_CASE("What is no selector is told with its place", "[server]") {
  CHECK(fault_of("nmae=x") == "character 1: unknown field 'nmae', did you mean 'name'?");
  CHECK(
      fault_of("os=linux and color=red") ==
      "character 14: unknown field 'color'; known are name, type, version, os, platform, arch, ip, mac, binding");
  CHECK(fault_of("name=\"web") == "character 6: this quote is not closed");
  CHECK(fault_of("(os=linux or (arch=x") == "character 14: this parenthesis is not closed");
  CHECK(fault_of("os=linux)") == "character 9: want `and`, `or` or the end");
  CHECK(fault_of("os=linux name=x") == "character 10: want `and`, `or` or the end");
  CHECK(fault_of("os==linux") == "character 4: want a value; the operators are = != < <= > >=");
  CHECK(fault_of("os=") == "character 4: want a value");
  CHECK(fault_of("os") == "character 3: want one of = != < <= > >=");
  CHECK(fault_of("os=linux and") == "character 13: want a comparison such as name=web-*");
  CHECK(fault_of("os>linux") == "character 3: < and > compare versions only");
  CHECK(fault_of("=x") == "character 1: want a comparison such as name=web-*");
}

TEST_CASE("A selector of a megabyte and one that nests without end are refused", "[server]") {
  CHECK(fault_of(std::string(1'000'000, 'x')) == "1000000 bytes are too many, at most 4096 are a selector");
  CHECK(fault_of(std::string(4000, '(')).find("too many parentheses") != std::string::npos);
  std::string negations;
  for (int i = 0; i < 1000; ++i) negations += "not ";
  CHECK(fault_of(negations).find("too many parentheses") != std::string::npos);
}

TEST_CASE("The list of agents takes a selector", "[server]") {
  test::ApiServer server;
  test::ScriptedAgent a(server.port, test::come_as("web-1", "exec-agent"), test::stay_silent);
  test::ScriptedAgent b(server.port, test::come_as("db-1", "exec-agent", "windows"), test::stay_silent);
  const auto ids = [&](const std::string& query) {
    const std::string body = server.get("/api/agents?where=" + query).body;
    return std::string(body.find("\"id\":\"web-1\"") != std::string::npos ? "web " : "") +
           (body.find("\"id\":\"db-1\"") != std::string::npos ? "db" : "");
  };
  CHECK(ids("") == "web db");
  CHECK(ids("name%3Dweb-*") == "web ");
  CHECK(ids("os=windows%20or%20name=web-1") == "web db");
  CHECK(ids("version%3E2") == "");
  CHECK(ids("os=windows&type=metrics-agent") == "");
  CHECK(test::stable(server.get("/api/agents?where=nmae%3Dx").body) ==
        R"({"code":400,"msg":"bad param: where: character 1: unknown field 'nmae', did you mean 'name'?"})");
  CHECK(server.get("/api/agents?where=" + std::string(1'000'000, 'x')).status == 431);
}
