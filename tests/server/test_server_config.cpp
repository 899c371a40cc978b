#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "agent/error.hpp"
#include "server_config.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/variable.hpp"
#include "tokens.hpp"

using namespace server;
using agent::Errc;
using agent::Error;
using Catch::Matchers::Contains;

namespace {

ListenAddress listen(const std::string& text, ServerConfig config = {}) {
  std::vector<std::string> warnings;
  config.listen = text;
  return listen_address(config, warnings);
}

std::string failure(const std::string& text) {
  try {
    parse_config(text, "server.conf");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_config);
    return error.what();
  }
  FAIL("nothing was thrown");
  return {};
}

std::string token_file(const test::TempDir& dir, const std::string& text, mode_t mode = 0600) {
  std::string path = dir.write("tokens", text);
  ::chmod(path.c_str(), mode);
  return path;
}

}  // namespace

TEST_CASE("An original's server.conf loads, and what is not served is warned of by name", "[server]") {
  const auto loaded = parse_config(
      "id = cluster-01\nlisten = 13081\ngrpc_listen = 13082\ncache_dir = /tmp/c\ncache_threshold = 0\n"
      "log_dir = /tmp/l\nlog_size = 50M\nlog_rotate = 7\nconnect_limit = 100\n"
      "metrics.kafka.addr = 127.0.0.1:9092\nmetrics.kafka.topic = t\nmetrics.kafka.format = json\n",
      "server.conf");
  CHECK(loaded.config.id == "cluster-01");
  CHECK(loaded.config.cache_threshold == 80);
  std::string all;
  for (const auto& warning : loaded.warnings) all += warning + "\n";
  CHECK_THAT(all, Contains("line 3: grpc_listen: not served yet") &&
                      Contains("metrics.kafka.topic: not served yet"));
  CHECK(loaded.warnings.size() == 5);  // and that only this machine is served
}

TEST_CASE("The settings of the views are checked", "[server]") {
  const auto config = [](const std::string& line) {
    return parse_config("data_dir = /tmp\n" + line + "\n", "server.conf").config.views;
  };
  CHECK(config("").prefix == "/lain");
  CHECK(config("").auth == "tokens");
  CHECK(config("").heartbeat.count() == 0);
  CHECK(config("views.prefix = /a/b").prefix == "/a/b");
  CHECK(config("views.ip = 2001:db8::1").ip == "2001:db8::1");
  CHECK(config("views.heartbeat = 1500ms").heartbeat == std::chrono::milliseconds(1500));
  for (const char* wrong : {"views.prefix = lain", "views.prefix = /lain/", "views.prefix = /",
                            "views.ip = node1", "views.auth = none", "views.heartbeat = -1s"}) {
    INFO(wrong);
    CHECK_THROWS_AS(config(wrong), agent::Error);
  }
}

TEST_CASE("Every problem of a server.conf is named at once", "[server]") {
  const std::string text =
      failure("listen = nowhere\nconnect_limit = 0\ntls.cert = /x\napi_token_file = /no/such/file\n");
  CHECK_THAT(text, Contains("line 1: listen: 'nowhere' is neither address:port nor a port"));
  CHECK_THAT(text, Contains("line 2: connect_limit"));
  CHECK_THAT(text, Contains("line 3: tls.cert: needs both"));
  CHECK_THAT(text, Contains("line 4: api_token_file") && Contains("/no/such/file"));
}

TEST_CASE("A setting of log files is noted while the log goes to none", "[server]") {
  const auto loaded = parse_config("id = a\nlog.target = stdout\nlog_size = 5M\n", "server.conf");
  CHECK(loaded.notes ==
        std::vector<std::string>{
            "server.conf: line 3: log_size: has no effect, because log.target does not contain file"});
  CHECK(loaded.warnings.empty());
  CHECK(parse_config("id = a\nlog_size = 5M\n", "server.conf").notes.empty());
}

TEST_CASE("A key that looks like a known one is warned of with the one that was meant", "[server]") {
  const auto loaded = parse_config("id = a\nconect_limit = 5\n", "server.conf");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK_THAT(loaded.warnings[0], Contains("did you mean 'connect_limit'"));
}

TEST_CASE("A bare port without protection serves this machine only, and says so", "[server]") {
  std::vector<std::string> warnings;
  ServerConfig config;
  config.listen = "13081";
  const ListenAddress narrowed = listen_address(config, warnings);
  CHECK(narrowed.address == "127.0.0.1");
  CHECK(narrowed.port == 13081);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("only this machine") && Contains("insecure = true"));
}

TEST_CASE("A bare port with both token files, or insecure, serves every address", "[server]") {
  ServerConfig config;
  config.insecure = true;
  CHECK(listen("13081", config).address.empty());
  config.insecure = false;
  config.api_token_file = "/a";
  CHECK(listen("13081", config).address == "127.0.0.1");  // agents would still come unasked
  config.enroll_token_file = "/e";
  CHECK(listen("13081", config).address.empty());
}

TEST_CASE("An address beyond loopback without protection is refused", "[server]") {
  for (const char* text : {"0.0.0.0:13081", "[::]:13081", ":13081", "*:13081", "192.0.2.1:80"}) {
    INFO(text);
    CHECK_THROWS_WITH(listen(text), Contains("reaches beyond this machine"));
    ServerConfig config;
    config.insecure = true;
    CHECK_NOTHROW(listen(text, config));
  }
}

TEST_CASE("Loopback is served without tokens, in every spelling", "[server]") {
  CHECK(listen("127.0.0.1:0").address == "127.0.0.1");
  CHECK(listen("[::1]:13081").address == "::1");
  CHECK(listen("localhost:13081").address == "127.0.0.1");
}

TEST_CASE("What is no address is refused with what would be right", "[server]") {
  for (const char* text :
       {"", "x", "127.0.0.1:", "127.0.0.1:70000", "example.org:80", "1.2.3:80", "13081x"}) {
    INFO(text);
    CHECK_THROWS_WITH(listen(text), Contains("is neither address:port nor a port"));
  }
}

TEST_CASE("Relative directories lie beside the program's directory, as originals have them", "[server]") {
  const auto loaded = parse_config("id = a\ndata_dir = data\n", "server.conf");
  CHECK(loaded.config.data_dir.front() == '/');
  CHECK_THAT(loaded.config.data_dir, Catch::Matchers::EndsWith("/data") && !Contains("/bin/"));
}

TEST_CASE("A certificate that cannot be used is a problem of the configuration", "[server]") {
  test::TempDir dir;
  const std::string broken = dir.write("cert.pem", "no certificate");
  const std::string text = failure("id = a\ntls.cert = " + broken + "\ntls.key = " + broken + "\n");
  CHECK_THAT(text, Contains("line 2: tls.cert") && Contains(broken));
}

TEST_CASE("A token is known by the name it has in the file", "[server]") {
  test::TempDir dir;
  const Tokens tokens(
      token_file(dir, "# who may call\nops  0123456789abcdef\n\nci\tfedcba9876543210 # nightly\r\n"));
  CHECK(tokens.is_required());
  CHECK(tokens.grant_for("0123456789abcdef")->name() == "ops");
  CHECK(tokens.grant_for("fedcba9876543210")->name() == "ci");
  CHECK(!tokens.grant_for(""));
  CHECK(!tokens.grant_for("0123456789abcdeF"));
  CHECK(!tokens.grant_for("0123456789abcdef0"));
}

TEST_CASE("No token is asked for without a token file", "[server]") {
  const Tokens tokens("");
  CHECK(!tokens.is_required());
  CHECK(!tokens.grant_for("anything"));
}

TEST_CASE("A token file that others may read is refused", "[server]") {
  test::TempDir dir;
  CHECK_THROWS_WITH(Tokens(token_file(dir, "a 0123456789abcdef\n", 0644)), Contains("others may read"));
  CHECK_NOTHROW(Tokens(token_file(dir, "a 0123456789abcdef\n", 0640)));
}

TEST_CASE("A token file without a token, or with a broken line, is refused", "[server]") {
  test::TempDir dir;
  CHECK_THROWS_WITH(Tokens(token_file(dir, "# nothing\n")), Contains("no token in it"));
  CHECK_THROWS_WITH(Tokens(token_file(dir, "ops 0123456789abcdef\nlonely\n")), Contains("line 2"));
  CHECK_THROWS_WITH(Tokens(token_file(dir, "ops 0123 4567\n")), Contains("line 1"));
  CHECK_THROWS_AS(Tokens(dir.file("missing")), Error);
}

TEST_CASE("A token of fewer than 16 characters is refused, and not repeated", "[server]") {
  test::TempDir dir;
  const std::string path = token_file(dir, "ops 0123456789abcdef\nci 0123456789abcde\n");
  CHECK_THROWS_WITH(Tokens(path), Contains("line 2: the token has 15 characters, at least 16 are wanted") &&
                                      !Contains("0123456789abcde"));
  CHECK_THAT(failure("id = a\nenroll_token_file = " + path + "\n"),
             Contains("line 2: enroll_token_file") && Contains("at least 16"));
  CHECK_THROWS_WITH(Tokens(token_file(dir, "ops \u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\n")),
                    Contains("has 8 characters"));  // of two bytes each
}

TEST_CASE("Tokens that were read and not used change nothing", "[server]") {
  test::TempDir dir;
  Tokens tokens(token_file(dir, "old 0123456789abcdef\n"));
  const Grant granted = *tokens.grant_for("0123456789abcdef");
  token_file(dir, "new fedcba9876543210\n");
  Tokens::Entries next = tokens.read();
  CHECK_FALSE(tokens.grant_for("fedcba9876543210"));
  CHECK_FALSE(granted.is_revoked());
  tokens.use(std::move(next));
  CHECK(tokens.grant_for("fedcba9876543210"));
  CHECK(granted.is_revoked());
}

TEST_CASE("Several tokens may have one name, but no token two", "[server]") {
  test::TempDir dir;
  const Tokens tokens(token_file(dir, "site 0123456789abcdef\nsite fedcba9876543210\n"));
  CHECK(tokens.grant_for("0123456789abcdef")->name() == "site");
  CHECK(tokens.grant_for("fedcba9876543210")->name() == "site");
  CHECK_THROWS_WITH(Tokens(token_file(dir, "a 0123456789abcdef\nb 0123456789abcdef\n")),
                    Contains("line 2: 'a' and 'b' have the same token"));
}

TEST_CASE("What was granted is revoked when the very token is gone, whatever its name has besides",
          "[server]") {
  test::TempDir dir;
  Tokens tokens(token_file(dir, "site 0123456789abcdef\nsite fedcba9876543210\n"));
  const Grant old_one = *tokens.grant_for("0123456789abcdef");
  const Grant new_one = *tokens.grant_for("fedcba9876543210");
  tokens.reload();
  CHECK_FALSE(old_one.is_revoked());
  token_file(dir, "short 0123\n");
  CHECK_THROWS_AS(tokens.reload(), Error);
  CHECK_FALSE(old_one.is_revoked());
  token_file(dir, "renamed fedcba9876543210\n");
  tokens.reload();
  CHECK(old_one.is_revoked());
  CHECK_FALSE(new_one.is_revoked());
  token_file(dir, "site 0123456789abcdef\n");
  tokens.reload();
  CHECK(new_one.is_revoked());
  CHECK(old_one.is_revoked());  // it was revoked, and stays so
  CHECK_FALSE(tokens.grant_for("0123456789abcdef")->is_revoked());
}

TEST_CASE("Tokens are replaced as a whole, and kept when the new file is broken", "[server]") {
  test::TempDir dir;
  Tokens tokens(token_file(dir, "old 0123456789abcdef\n"));
  token_file(dir, "new fedcba9876543210\n");
  tokens.reload();
  CHECK(!tokens.grant_for("0123456789abcdef"));
  CHECK(tokens.grant_for("fedcba9876543210")->name() == "new");
  token_file(dir, "broken\n");
  CHECK_THROWS_AS(tokens.reload(), Error);
  CHECK(tokens.grant_for("fedcba9876543210")->name() == "new");
}

TEST_CASE("A server without an id is named after its host", "[server]") {
  std::array<char, 256> name{};
  REQUIRE(::gethostname(name.data(), name.size() - 1) == 0);
  CHECK(parse_config("listen = 127.0.0.1:0\n", "server.conf").config.id == name.data());
}

TEST_CASE("A server without a file has its defaults, and its data in the user's state directory",
          "[server]") {
  test::TempDir dir;
  const test::Variable state("XDG_STATE_HOME", dir.file("state"));
  const test::Variable home("HOME", dir.file("home"));
  const LoadedConfig loaded = default_config();
  CHECK(loaded.config.data_dir == dir.file("state/agent-server"));
  CHECK(loaded.config.log_dir == dir.file("state/agent-server/logs"));
  CHECK(loaded.listen.address == "127.0.0.1");
  CHECK(loaded.listen.port == 13081);
  CHECK(loaded.warnings.empty());
  const test::Variable relative("XDG_STATE_HOME", "state");  // to be ignored, says the specification
  CHECK(default_config().config.data_dir == dir.file("home/.local/state/agent-server"));
}

TEST_CASE("A server whose file names no data_dir keeps its data in its state directory", "[server]") {
  test::TempDir dir;
  const test::Variable user_state("XDG_STATE_HOME", dir.file("state"));
  const test::Variable none("STATE_DIRECTORY", "");
  const std::string by_hand = ::geteuid() == 0 ? "/var/lib/agent-server" : dir.file("state/agent-server");
  CHECK(parse_config("id = a\n", "server.conf").config.data_dir == by_hand);
  const test::Variable state("STATE_DIRECTORY", "/var/lib/of-the-service");
  const LoadedConfig loaded = parse_config("id = a\n", "server.conf");
  CHECK(loaded.config.data_dir == "/var/lib/of-the-service");
  CHECK(loaded.config.cache_dir == "/var/lib/of-the-service/cache");
  CHECK(loaded.config.log_dir == "/var/lib/of-the-service/logs");
  CHECK(parse_config("data_dir = /srv/data\n", "server.conf").config.data_dir == "/srv/data");
}

TEST_CASE("A directory that is for packages is warned of", "[server]") {
  for (const std::string key : {"data_dir", "cache_dir", "log_dir"}) {
    const LoadedConfig loaded = parse_config(key + " = /usr/data\n", "server.conf");
    CAPTURE(key);
    REQUIRE(loaded.warnings.size() == 1);
    CHECK_THAT(loaded.warnings[0], Contains("line 1: " + key + ": /usr/data is for packages"));
  }
}

TEST_CASE("A directory that is, or lies in, a file is a problem of its key", "[server]") {
  test::TempDir dir;
  const std::string file = dir.write("file", "");
  for (const std::string key : {"data_dir", "cache_dir", "log_dir"}) {
    for (const std::string& path : {file, file + "/below"}) {
      INFO(key << " = " << path);
      CHECK(failure(key + " = " + path + "\n") ==
            "server.conf: line 1: " + key + ": " + file + " is not a directory");
    }
  }
  CHECK_NOTHROW(parse_config("data_dir = " + dir.file("a/b/c") + "\n", "server.conf"));
}

TEST_CASE("A server to which agents cannot be sent is a problem", "[server]") {
  CHECK_THAT(failure("redirect = a:1, http://b:1\n"),
             Contains("line 1: redirect: ") && Contains("http://b:1"));
}

TEST_CASE("A server's certificate must fit its key, and is warned of before it expires", "[server]") {
  test::Certificates made;  // good for two days
  CHECK_THAT(failure("tls.cert = " + made.server_cert() + "\ntls.key = " + made.client_key() + "\n"),
             Contains("line 1: tls.cert: ") && Contains(made.client_key()));
  const LoadedConfig loaded = parse_config(
      "tls.cert = " + made.server_cert() + "\ntls.key = " + made.server_key() + "\n", "server.conf");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK_THAT(loaded.warnings[0], Contains("line 1: tls.cert: ") && Contains("localhost expires in"));
  CHECK(loaded.outdated.empty());
}

TEST_CASE("A store in an etcd is checked with the settings", "[server]") {
  const test::TempDir dir;
  const std::string file = dir.write("password", "secret\n");
  ::chmod(file.c_str(), 0600);
  const std::string good = "store.address = etcd://10.0.0.1,10.0.0.2:2380/agents\nstore.user = me\n";
  CHECK(parse_config(good + "store.password_file = " + file + "\n", "server.conf").config.store.user == "me");
  ::chmod(file.c_str(), 0644);
  CHECK_THAT(failure(good + "store.password_file = " + file + "\n"),
             Contains("line 3: store.password_file: ") && Contains("others may read"));
  CHECK_THAT(failure("store.address = http://10.0.0.1\n"),
             Contains("line 1: store.address: store: not understood"));
  CHECK_THAT(failure("store.address = etcd://me:secret@10.0.0.1\n"),
             Contains("settings of their own") && !Contains("secret"));
  CHECK_THAT(failure("store.user = me\n"), Contains("needs both store.user and store.password_file"));
  CHECK_THAT(failure("store.cert = " + file + "\n"), Contains("needs both store.cert and store.key"));
  CHECK_THAT(failure("store.ca = " + file + "\n"), Contains("line 1: store.ca: ") && Contains(file));
}

TEST_CASE("The store's settings are durability and secret prefixes", "[server]") {
  const auto plain = parse_config("", "server.conf").config.store;
  CHECK(plain.sync == "normal");
  CHECK(plain.secret_prefixes.empty());
  const auto set =
      parse_config("store.sync = full\nstore.secret_prefixes = /s/, /t/\n", "server.conf").config.store;
  CHECK(set.sync == "full");
  CHECK(set.secret_prefixes == std::vector<std::string>{"/s/", "/t/"});
  CHECK_THAT(failure("store.sync = sometimes\n"), Contains("store.sync") && Contains("normal"));
}
