// FieldRules beyond bounds: what a text means, how long it is, what it looks like.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/config.hpp"
#include "base/setting_pattern.hpp"

using namespace agent;

namespace {

struct Ruled {
  std::vector<std::string> servers;
  std::string peer;
  std::string file;
  std::string directory;
  std::vector<std::string> roots;
  std::string machine;
  std::string short_name;
  std::vector<std::string> short_list;
  std::string lower = "abc";
  std::string port = "1";

  static void fields(auto& field) {
    field("servers", &Ruled::servers, "", FieldRules{.kind = ValueKind::address, .variables = true});
    field("peer", &Ruled::peer, "", FieldRules{.kind = ValueKind::address});
    field("file", &Ruled::file, "", FieldRules{.kind = ValueKind::path});
    field("directory", &Ruled::directory, "", FieldRules{.kind = ValueKind::path, .absolute = true});
    field("roots", &Ruled::roots, "", FieldRules{.kind = ValueKind::path, .absolute = true});
    field("machine", &Ruled::machine, "", FieldRules{.kind = ValueKind::uuid});
    field("short", &Ruled::short_name, "", FieldRules{.max_length = 4});
    field("list", &Ruled::short_list, "", FieldRules{.max_length = 5});
    field("lower", &Ruled::lower, "", FieldRules{.pattern = "^[a-z]+$"});
    field("port", &Ruled::port, "", FieldRules{.pattern = "^[0-9]+$", .mismatch = "is no port"});
  }
};

// The first problem, "" when there is none.
std::string problem(const std::string& line) {
  Settings settings = Settings::parse(line + "\n", "f");
  Ruled ruled;
  settings.read(ruled);
  const std::vector<ConfigProblem> problems = settings.problems();
  return problems.empty() ? "" : to_string(problems.front());
}

}  // namespace

TEST_CASE("An address has a host and a port, and may be a variable where the rules allow one", "[base]") {
  CHECK(problem("servers = a:1, ws://b:2, wss://[::1]:3, $SERVER").empty());
  CHECK(problem("servers =").empty());
  CHECK_THAT(problem("servers = a:1, nowhere"), Catch::Contains("line 1: servers: server address 'nowhere'"));
  CHECK(problem("peer = a:1").empty());
  CHECK_THAT(problem("peer = $SERVER"), Catch::Contains("'$SERVER'"));
  CHECK_THAT(problem("peer = a:0"), Catch::Contains("want host:port"));
}

TEST_CASE("A path is absolute, or empty, where the rules demand it", "[base]") {
  CHECK(problem("file = logs").empty());
  CHECK(problem("directory = /var/log").empty());
  CHECK(problem("directory =").empty());
  CHECK_THAT(problem("directory = ./logs"), Catch::Contains("directory: './logs' is not an absolute path"));
  CHECK(problem("roots = /a, /b").empty());
  CHECK_THAT(problem("roots = /a, b"), Catch::Contains("roots: 'b' is not an absolute path"));
}

TEST_CASE("A UUID has 32 hexadecimal digits in five groups", "[base]") {
  CHECK(problem("machine = 6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b11").empty());
  CHECK(problem("machine = 6F1C8A34-52AB-4A4E-9A0C-0D5C2F7C9B11").empty());
  CHECK(problem("machine =").empty());
  for (const char* bad : {"6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b1", "6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b111",
                          "6f1c8a3452ab4a4e9a0c0d5c2f7c9b11", "6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b1g", "x"}) {
    INFO(bad);
    CHECK_THAT(problem(std::string("machine = ") + bad), Catch::Contains("is no UUID"));
  }
}

TEST_CASE("A length counts characters of the text as the file has it", "[base]") {
  CHECK(problem("short = 四个汉字").empty());
  CHECK_THAT(problem("short = 五个汉字啊"),
             Catch::Contains("short: 5 characters are too many, accepted are 4"));
  CHECK(problem("list = a,b,c").empty());
  CHECK_THAT(problem("list = a, b,c"), Catch::Contains("list: 6 characters are too many, accepted are 5"));
}

TEST_CASE("A pattern is looked for in the text, and in an empty one, too", "[base]") {
  CHECK(problem("lower = x").empty());
  CHECK_THAT(problem("lower = X"), Catch::Contains("lower: 'X' does not match ^[a-z]+$"));
  CHECK_THAT(problem("lower ="), Catch::Contains("'' does not match"));
  CHECK_THAT(problem("port = http"), Catch::Contains("port: 'http' is no port"));
}

TEST_CASE("A pattern is found anywhere, and never in a text with a NUL", "[base]") {
  CHECK(matches("abc", "b"));
  CHECK_FALSE(matches("abc", "^b"));
  CHECK(matches("", "^$"));
  CHECK_FALSE(matches(std::string("b\0c", 3), "b"));
  CHECK(matches(std::string(1 << 16, 'a'), "^a*$"));
  CHECK_THROWS_WITH(matches("a", "["), Catch::Contains("pattern '[': "));
}
