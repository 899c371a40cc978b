#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/config.hpp"
#include "base/read_file.hpp"
#include "base/yaml_edit.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;

namespace {

std::string after_setting_id(const std::string& text, const std::string& name = "agent.conf",
                             const std::string& value = "agent-1") {
  const test::TempDir dir;
  const std::string path = dir.write(name, text);
  set_key(path, kConfigPrefixes, "id", value);
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path())) ++files;
  CHECK(files == 1);
  return read_file(path, 1 << 20);
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("Setting a key changes its line and nothing else", "[base]") {
  CHECK(after_setting_id(
            "# top\r\n  id\t=  old   # who I am\r\nserver = $HOST:1 # where\r\n\r\nlog.size=10M") ==
        "# top\r\n  id\t=  agent-1   # who I am\r\nserver = $HOST:1 # where\r\n\r\nlog.size=10M");
  CHECK(after_setting_id("\xef\xbb\xbfid=old\n") == "\xef\xbb\xbfid=agent-1\n");
  CHECK(after_setting_id("id=") == "id=agent-1");
  CHECK(after_setting_id("id =\n") == "id = agent-1\n");
  CHECK(after_setting_id("id = \n") == "id = agent-1\n");
  CHECK(after_setting_id("basic.id\t=\r\n") == "basic.id\t= agent-1\r\n");
  CHECK(after_setting_id("id = # none yet\nx=y\n") == "id = agent-1 # none yet\nx=y\n");
  CHECK(after_setting_id("id =# none yet\n") == "id = agent-1 # none yet\n");
  CHECK(after_setting_id("idx = 1\n#id = 2\nid = 3\n") == "idx = 1\n#id = 2\nid = agent-1\n");
}

TEST_CASE("Setting a key finds it behind a prefix and changes the line that counts", "[base]") {
  CHECK(after_setting_id("basic.id = a\nbasic.server = b\n") == "basic.id = agent-1\nbasic.server = b\n");
  CHECK(after_setting_id("id = a\nid = b\n") == "id = a\nid = agent-1\n");
}

TEST_CASE("A missing key is appended the way the file writes its keys", "[base]") {
  CHECK(after_setting_id("server = a:1") == "server = a:1\nid = agent-1\n");
  CHECK(after_setting_id("basic.server=a:1\r\n") == "basic.server=a:1\r\nbasic.id = agent-1\r\n");
  CHECK(after_setting_id("") == "id = agent-1\n");
}

TEST_CASE("What is set is what is read again", "[base]") {
  for (const std::string value : {"a#b", "#", "a \\# b", "with = sign", "", "$1: {x}, \"y\" 'z'"}) {
    for (const char* name : {"agent.conf", "agent.yaml"}) {
      Settings settings = Settings::parse(after_setting_id("server: a:1\n", name, value), name);
      if (std::string(name) == "agent.conf") {
        settings = Settings::parse(after_setting_id("server = a:1\n", name, value), name);
      }
      Config config;
      settings.read(config);
      settings.check();
      CHECK(config.id == value);
    }
  }
}

TEST_CASE("A value cannot bring lines of its own into the file", "[base]") {
  CHECK_THROWS_AS(after_setting_id("id = x\n", "agent.conf", "a\nserver = evil:1"), Error);
  CHECK_THROWS_AS(after_setting_id("id: x\n", "agent.yaml", "a\rb"), Error);
}

TEST_CASE("Setting a key keeps the mode of the file and edits the target of a link", "[base]") {
  const test::TempDir dir;
  const std::string path = dir.write("real.conf", "id = x\n");
  const std::string link = dir.file("link.conf");
  std::filesystem::create_symlink("real.conf", link);
  for (const unsigned mode : {0600u, 0640u, 0644u}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    set_key(link, "", "id", "y" + std::to_string(mode));
    CHECK(mode_of(path) == mode);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(read_file(path, 100) == "id = y" + std::to_string(mode) + "\n");
  }
}

TEST_CASE("Setting a key keeps the owner of the file", "[base]") {
  if (::geteuid() != 0) return;  // only root can give files away
  const test::TempDir dir;
  const std::string path = dir.write("a.conf", "id = x\n");
  REQUIRE(::chown(path.c_str(), 1234, 2345) == 0);
  set_key(path, "", "id", "y");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK(status.st_uid == 1234);
  CHECK(status.st_gid == 2345);
}

TEST_CASE("A file that is missing is an error", "[base]") {
  const test::TempDir dir;
  CHECK_THROWS_AS(set_key(dir.file("none.conf"), "", "id", "x"), Error);
}

TEST_CASE("Only the value of the key changes in YAML", "[base]") {
  CHECK(after_setting_id("basic:\n  id: old  # who\n  server: a:1\n", "a.yaml") ==
        "basic:\n  id: agent-1  # who\n  server: a:1\n");
  CHECK(after_setting_id("id: 'it''s' # x\r\n", "a.yaml") == "id: agent-1 # x\r\n");
  CHECK(after_setting_id("\"id\": \"a\\\"b\"\n", "a.yaml") == "\"id\": agent-1\n");
  CHECK(after_setting_id("basic: {id: old, server: a:1}\n", "a.yaml") ==
        "basic: {id: agent-1, server: a:1}\n");
  CHECK(after_setting_id("id: a#b #c\n", "a.yaml") == "id: agent-1 #c\n");
  CHECK(after_setting_id("server: a:1\nlog.dir: x", "a.yaml") == "server: a:1\nlog.dir: x\nid: agent-1\n");
  CHECK(after_setting_id("id: ''\n", "a.yaml") == "id: agent-1\n");
}

TEST_CASE("A key without a value in YAML gets one", "[base]") {
  CHECK(after_setting_id("id:\nserver: a:1\n", "a.yaml") == "id: agent-1\nserver: a:1\n");
  CHECK(after_setting_id("id: # later\n", "a.yaml") == "id: agent-1 # later\n");
  CHECK(after_setting_id("basic:\n  id: ~\n", "a.yaml") == "basic:\n  id: agent-1\n");
}

TEST_CASE("YAML that cannot be edited on one line is left alone", "[base]") {
  CHECK_THROWS_AS(after_setting_id("id: |\n  old\n", "a.yaml"), Error);
  CHECK_THROWS_AS(after_setting_id("id: &x old\nserver: *x\n", "a.yaml"), Error);
  CHECK_THROWS_AS(after_setting_id("id: \"two\n  lines\"\n", "a.yaml"), Error);
  CHECK_THROWS_AS(after_setting_id("id: two\n  lines\n", "a.yaml"), Error);
  CHECK_THROWS_AS(after_setting_id("{server: a:1}\n", "a.yaml"), Error);
  CHECK_THROWS_AS(after_setting_id("a: [\n", "a.yaml"), Error);
}

TEST_CASE("A key of an included file is set in that file", "[base]") {
  const test::TempDir dir;
  const std::string main = dir.write("main.yaml", "basic:\n  #include id.yaml\n  server: a:1\n");
  const std::string part = dir.write("id.yaml", "# part\nid: old\n");
  set_key(main, kConfigPrefixes, "id", "new");
  CHECK(read_file(part, 1000) == "# part\nid: new\n");
  CHECK(read_file(main, 1000) == "basic:\n  #include id.yaml\n  server: a:1\n");
}
