// `agent-server store backup` while the server runs, and `store restore` while none does.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/support/json_text.hpp"
#include "tests/system/programs.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

void put(const ServerProgram& server, const std::string& key, const std::string& value) {
  server.client().request("PUT", "/api/store/key?key=" + key, {}, value);
}

// Its exit code and output.
std::pair<int, std::string> store(const ServerProgram& server, const std::string& verb,
                                  const std::string& file) {
  Program program(kServerProgram, {"store", verb, file, "--conf", server.conf()});
  const int code = program.wait();
  return {code, program.output()};
}

void stop(ServerProgram& server) {
  server.program().signal(SIGTERM);
  server.program().wait();
}

std::string cluster_of(const ServerProgram& server) {
  const std::string body = server.client().request("POST", "/v3/kv/range", {}, R"({"key":"L2E="})").body;
  return json_at(body, "header.cluster_id");
}

}  // namespace

TEST_CASE("A backup of a running server is restored with a new id and a higher revision", "[system]") {
  ServerProgram server("store.secret_prefixes = /s/\n");
  put(server, "/a", "one");
  put(server, "/s/1", "secret");
  const std::string id = cluster_of(server);
  const std::string file = server.dir().file("backup");
  const auto [backed_up, said] = store(server, "backup", file);
  CAPTURE(said);
  REQUIRE(backed_up == 0);
  CHECK_THAT(said, Contains("2 keys and 0 leases at revision 3"));
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);  // it has the secrets, too

  put(server, "/a", "two");
  stop(server);
  const auto [restored, told] = store(server, "restore", file);
  CAPTURE(told);
  REQUIRE(restored == 0);
  CHECK_THAT(told, Contains("the store goes on at 1000000004") && Contains("before-restore"));
  server.start();
  CHECK_THAT(server.get("/api/store/key?key=/a"),
             Contains(R"("value":"one")") && Contains(R"("revision":1000000004)"));
  CHECK(cluster_of(server) != id);
  CHECK_THAT(server.get("/api/store/watch?index=4&wait=30"), Contains(R"("code":410)"));
}

TEST_CASE("A backup that is larger than all buffers on its way is whole", "[system]") {
  ServerProgram server;
  const std::string value(500'000, 'v');
  for (int i = 0; i < 20; ++i) put(server, "/" + std::to_string(i), value);
  const std::string file = server.dir().file("backup");
  CHECK_THAT(store(server, "backup", file).second, Contains("20 keys and 0 leases at revision 21"));
  stop(server);
  CHECK(store(server, "restore", file).first == 0);
  server.start();
  CHECK_THAT(server.get("/api/store/key?key=/19"), Contains(value));
}

TEST_CASE("A restore is refused while the server runs", "[system]") {
  ServerProgram server;
  put(server, "/a", "one");
  const std::string file = server.dir().file("backup");
  CHECK(store(server, "backup", file).first == 0);
  const auto [code, said] = store(server, "restore", file);
  CHECK(code == 1);
  CHECK_THAT(said, Contains("belongs to another agent-server that is running"));
  CHECK_THAT(server.get("/api/store/key?key=/a"), Contains("one"));
}

TEST_CASE("A backup without a server says so, and leaves nothing", "[system]") {
  ServerProgram server;
  const bool is_killed = GENERATE(false, true);
  is_killed ? server.kill() : stop(server);
  const std::string file = server.dir().file("backup");
  const auto [code, said] = store(server, "backup", file);
  CHECK(code == 1);
  CHECK_THAT(said, Contains("no agent-server runs on data_dir"));
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK_FALSE(std::filesystem::exists(file + ".part"));
  server.start();  // also where the socket of the one that was killed is left
  CHECK(store(server, "backup", file).first == 0);
}

TEST_CASE("A file that is no backup changes nothing", "[system]") {
  ServerProgram server;
  put(server, "/a", "one");
  stop(server);
  const auto [code, said] = store(server, "restore", server.conf());
  CHECK(code == 1);
  CHECK_THAT(said, Contains("line 1"));
  CHECK(store(server, "restore", server.dir().file("missing")).first == 1);
  server.start();
  CHECK_THAT(server.get("/api/store/key?key=/a"), Contains("one") && Contains(R"("revision":2,)"));
}

TEST_CASE("The store's verbs want a file, whatever it is called", "[system]") {
  ServerProgram server;
  for (const Program::Arguments& arguments :
       {Program::Arguments{"store"}, Program::Arguments{"store", "backup"},
        Program::Arguments{"store", "delete", "x"}}) {
    Program program(kServerProgram, arguments);
    CHECK(program.wait() == 2);
  }
  CHECK(store(server, "backup", server.dir().file("stop")).first == 0);
  CHECK(server.program().is_running());
}
