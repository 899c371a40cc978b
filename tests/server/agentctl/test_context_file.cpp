#include "agentctl/context_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agentctl;

namespace {

const std::string kText =
    "current: prod\n"
    "contexts:\n"
    "  prod:\n"
    "    url: https://agents.example.org\n"
    "    token_file: /t/prod\n"
    "  eu.west:\n"
    "    url: https://eu.example.org:8443/agents\n";

}  // namespace

TEST_CASE("Contexts are read with dots in their names", "[server]") {
  const ContextFile file = parse_contexts(kText, "config.yaml");
  CHECK(file.current == "prod");
  CHECK(file.contexts.at("prod").token_file == "/t/prod");
  CHECK(file.contexts.at("eu.west").url == "https://eu.example.org:8443/agents");
  CHECK(read_contexts("/nonexistent/config.yaml").contexts.empty());
}

TEST_CASE("A mistake in the file is told with its line", "[server]") {
  CHECK_THROWS_WITH(parse_contexts("contexts:\n  a:\n    tokenfile: x\n", "c.yaml"),
                    "c.yaml:3: unknown key 'tokenfile', did you mean 'token_file'?");
  CHECK_THROWS_WITH(parse_contexts("curent: a\n", "c.yaml"),
                    "c.yaml:1: unknown key 'curent'; known are current and contexts");
  CHECK_THROWS_WITH(parse_contexts("current: b\ncontexts:\n  a:\n    url: x\n", "c.yaml"),
                    "context 'b' is not in c.yaml; there are: a");
}

TEST_CASE("Flags come before the environment and that before the current context", "[server]") {
  const ContextFile file = parse_contexts(kText, "config.yaml");
  CHECK(choose_context(file, {}, {}).url == "https://agents.example.org");
  CHECK(choose_context({}, {}, {}).url == kDefaultUrl);
  CHECK(choose_context(file, {.name = "eu.west"}, {{"AGENTCTL_URL", "http://x:1"}}).url ==
        "https://eu.example.org:8443/agents");
  CHECK(choose_context(file, {.url = "http://y:1"}, {{"AGENTCTL_URL", "http://x:1"}}).url == "http://y:1");
}

TEST_CASE("A token goes only to the server that it is for", "[server]") {
  const ContextFile file = parse_contexts(kText, "config.yaml");
  CHECK(choose_context(file, {}, {}).token_file == "/t/prod");
  CHECK(choose_context(file, {}, {{"AGENTCTL_URL", "http://x:1"}}).token_file.empty());
  CHECK(choose_context(file, {.url = "http://x:1"}, {}).token_file.empty());
  CHECK(choose_context(file, {.name = "eu.west"}, {{"AGENTCTL_TOKEN_FILE", "/t/env"}}).token_file.empty());
  CHECK(choose_context(file, {}, {{"AGENTCTL_TOKEN_FILE", "/t/env"}}).token_file == "/t/env");
}

TEST_CASE("A URL has the port of its scheme and a prefix", "[server]") {
  CHECK(parse_url("https://a.example").text() == "https://a.example:443");
  CHECK(parse_url("http://[::1]:81/").text() == "http://[::1]:81");
  CHECK(parse_url("https://a/b/c/").prefix == "/b/c");
  for (const char* wrong : {"a:1", "ftp://a", "http://", "http://a?x", "http://a/ b", "http://a:x"})
    CHECK_THROWS_AS(parse_url(wrong), agent::Error);
}

TEST_CASE("A token file that others may read is refused", "[server]") {
  test::TempDir dir;
  dir.write("token", "# mine\n\nme 0123456789abcdef\n");
  ::chmod(dir.file("token").c_str(), 0640);
  CHECK_THROWS_WITH(read_token(dir.file("token")), "token file " + dir.file("token") +
                                                       ": others may read or change it; do: chmod 600 " +
                                                       dir.file("token"));
  ::chmod(dir.file("token").c_str(), 0600);
  CHECK(read_token(dir.file("token")) == "0123456789abcdef");
  CHECK_THROWS_AS(read_token(dir.file("none")), agent::Error);
}
