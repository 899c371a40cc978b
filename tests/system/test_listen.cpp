#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/support/certificates.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

// agent-server with a configuration of these lines and its directories.
struct Started {
  explicit Started(const std::string& lines, const Program::Environment& environment = {}) {
    const std::string conf = dir.write(
        "server.conf", "id = test\ndata_dir = " + dir.file("data") + "\ncache_dir = " + dir.file("cache") +
                           "\nlog_dir = " + dir.file("logs") + "\nlog.target = stdout\n" + lines);
    program.emplace(kServerProgram, Program::Arguments{"--conf", conf}, environment);
  }

  TempDir dir;
  std::optional<Program> program;
};

}  // namespace

TEST_CASE("A bare port without tokens is served on loopback only, with one warning", "[system]") {
  Started started("listen = 0\n");
  started.program->wait_for("listening on 127.0.0.1:");
  CHECK(started.program->count("only this machine is served") == 1);
}

TEST_CASE("A bare port is every address when insecure is set", "[system]") {
  Started started("listen = 0\ninsecure = true\n");
  started.program->wait_for("listening on ");
  CHECK(started.program->count("listening on 127.0.0.1") == 0);
  CHECK(started.program->count("only this machine is served") == 0);
}

TEST_CASE("An address beyond loopback without tokens is refused with exit code 78", "[system]") {
  const std::string address = GENERATE(as<std::string>{}, "0.0.0.0:0", "[::]:0", "192.0.2.1:13081");
  Started started("listen = " + address + "\n");
  CHECK(started.program->wait() == 78);
  CHECK(started.program->count("api_token_file") >= 1);
  CHECK(started.program->count(address) >= 1);
}

TEST_CASE("A port that is in use is a clear message and exit code 1", "[system]") {
  TcpListener taken;
  const std::string address = "127.0.0.1:" + std::to_string(taken.port());
  Started started("listen = " + address + "\n");
  CHECK(started.program->wait() == 1);
  CHECK(started.program->count(address) >= 1);
  CHECK(started.program->count("in use") >= 1);
  CHECK(started.program->count("terminate") == 0);
}

TEST_CASE("A second server on the port of a first one does not start", "[system]") {
  ServerProgram first;
  Started second("listen = " + first.address() + "\n");
  CHECK(second.program->wait() == 1);
  CHECK(second.program->count("in use") >= 1);
  CHECK(first.program().is_running());
}

TEST_CASE("An original's server.conf starts the server, and what it does not serve is named", "[system]") {
  Started started(
      "id = cluster-01\n"
      "listen = 13081\n"
      "grpc_listen = 13082\n"
      "cache_threshold = 80\n"
      "log_size = 50M\n"
      "log_rotate = 7\n"
      "connect_limit = 100\n"
      "metrics.kafka.addr = 192.0.2.1:9092   # comment\n"
      "metrics.kafka.topic = metrics\n"
      "metrics.kafka.format = json\n",
      {{"LIBAGENT_LISTEN", "127.0.0.1:0"}});
  started.program->wait_for("listening on 127.0.0.1:");
  CHECK(started.program->count("grpc_listen") >= 1);
  CHECK(started.program->count("metrics.kafka") >= 1);
}

TEST_CASE("A server whose configuration is wrong says everything that is wrong and ends with 78",
          "[system]") {
  Started started("listen = nowhere\nconnect_limit = many\ntls.cert = /no/such/file\nlog_size = 1Q\n");
  CHECK(started.program->wait() == 78);
  for (const char* key : {"listen", "connect_limit", "tls.", "log_size"}) {
    INFO(key << " in " << started.program->output());
    CHECK(started.program->count(key) >= 1);
  }
}

TEST_CASE("SIGHUP changes the log's level, and a file that is wrong by then changes nothing", "[system]") {
  ServerProgram server;
  const std::string conf = read_file(server.conf());
  server.dir().write("server.conf", conf + "log.level = debug\n");
  server.program().signal(SIGHUP);
  server.program().wait_for("reloaded tokens, certificates and log level");
  server.get("/version");
  server.program().wait_for("/version");

  server.dir().write("server.conf", conf + "log.level = loud\n");
  server.program().signal(SIGHUP);
  server.program().wait_for("not reloaded");
  CHECK(server.client().get("/healthz").status == 200);
}

TEST_CASE("SIGHUP opens the log and the audit log again", "[system]") {
  ServerProgram server("log.target = stdout,file\n");
  const std::string log = server.dir().file("logs/agent-server.log");
  const std::string audit = server.dir().file("data/audit.log");
  std::filesystem::rename(log, log + ".1");
  std::filesystem::rename(audit, audit + ".1");
  server.program().signal(SIGHUP);
  server.program().wait_for("reloaded audit log");
  CHECK(read_file(log).find("reloaded log files") != std::string::npos);
  CHECK(std::filesystem::exists(audit));
}

TEST_CASE("A server whose starter has blocked its signals hears of them", "[system]") {
  Started started("listen = 127.0.0.1:0\n");
  started.program.reset();
  Program::Arguments words = with_signals_blocked();
  words.insert(words.end(), {kServerProgram, "--conf", started.dir.file("server.conf")});
  Program server(words.front(), {words.begin() + 1, words.end()});
  server.wait_for("listening on 127.0.0.1:");
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("A server without a configuration serves loopback, and says where its data is", "[system]") {
  TempDir home;
  Program server(kServerProgram, {},
                 {{"HOME", home.path()}, {"XDG_STATE_HOME", ""}, {"LIBAGENT_LISTEN", "127.0.0.1:0"}});
  server.wait_for("listening on 127.0.0.1:");
  const std::string data = home.file(".local/state/agent-server");
  CHECK(server.count("without --conf") == 1);
  CHECK(server.count(data) >= 1);
  CHECK(std::filesystem::exists(data + "/audit.log"));
  CHECK(std::filesystem::exists(data + "/logs/agent-server.log"));
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}

TEST_CASE("A configuration that is named and missing is an error, and nothing to check one, too",
          "[system]") {
  const auto [missing_code, missing] = run_program(kServerProgram, {"--conf", "/no/such/file"});
  CHECK(missing_code == 78);
  CHECK(missing.find("the configuration cannot be read: open /no/such/file: ") != std::string::npos);
  CHECK(run_program(kServerProgram, {"--conf", ""}).first == 2);
  const auto [code, output] = run_program(kServerProgram, {"validate"});
  CHECK(code == 2);
  CHECK(output.find("--conf is required") != std::string::npos);
}

TEST_CASE("A server with a certificate out of date is refused by validate, and starts with an error",
          "[system]") {
  Certificates made;
  const std::string tls =
      "listen = 127.0.0.1:0\ntls.cert = " + made.outdated_cert() + "\ntls.key = " + made.server_key() + "\n";
  Started started(tls);
  started.program->wait_for("listening on 127.0.0.1:");
  CHECK(started.program->count("[ERROR]") == 1);
  CHECK(started.program->count("the certificate of localhost expired on") == 1);
  const auto [code, output] =
      run_program(kServerProgram, {"validate", "--conf", started.dir.file("server.conf")});
  CHECK(code == 78);
  CHECK(output.find("tls.cert: " + made.outdated_cert() + ": the certificate of localhost expired on") !=
        std::string::npos);
}

TEST_CASE("`run --conf` and a bare `--conf` both start the server", "[system]") {
  Started started("listen = 127.0.0.1:0\n");
  started.program->wait_for("listening on 127.0.0.1:");
  started.program->signal(SIGTERM);
  CHECK(started.program->wait() == 0);
  Program other(kServerProgram, {"run", "--conf", started.dir.file("server.conf")});
  other.wait_for("listening on 127.0.0.1:");
}

TEST_CASE("A data_dir belongs to one server as long as that runs", "[system]") {
  Started first("listen = 127.0.0.1:0\n");
  first.program->wait_for("listening on 127.0.0.1:");
  Program second(kServerProgram, {"--conf", first.dir.file("server.conf")});
  CHECK(second.wait() == 1);
  CHECK(second.count("belongs to another agent-server") == 1);
  first.program->signal(SIGKILL);
  first.program->wait();
  Program third(kServerProgram, {"--conf", first.dir.file("server.conf")});
  third.wait_for("listening on 127.0.0.1:");
}

TEST_CASE("A directory that cannot be made is told with its key and the system's reason", "[system]") {
  const std::string inside = "/proc/agent-server-test";  // root, too, can't make it
  const std::string key = GENERATE(as<std::string>{}, "data_dir", "cache_dir", "log_dir");
  Started started("listen = 127.0.0.1:0\nlog.target = file\n" + key + " = " + inside + "\n");
  CHECK(started.program->wait() == 1);
  CHECK(started.program->count(key) >= 1);
  CHECK(started.program->count(inside + ": No such file or directory") == 1);
  if (key == "data_dir") CHECK(started.program->count("; set data_dir to a directory that") == 1);
}
