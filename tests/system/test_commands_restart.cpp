// What becomes of commands when the server ends or is killed, and comes back.
#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "tests/support/json_text.hpp"
#include "tests/system/command_pair.hpp"

using namespace test;

namespace {

std::string audit(const CommandPair& pair) { return read_file(pair.server.dir().file("data/audit.log")); }

// Waits for the command that somebody else started, and waits for, to have said `word`.
std::string wait_for_word(CommandPair& pair, const std::string& word) {
  CommandClient client = pair.client();
  std::string id;
  wait_until("the command", [&] {
    const std::string tasks = client.get("/tasks");
    id = json_at(tasks, "payload.0.id");
    return !id.empty();
  });
  wait_until(word.c_str(), [&] { return client.output(id) == word; });
  return id;
}

// The command that said one and two, and ended with 6, ends and has all that.
void check_whole_result(CommandPair& pair, const std::string& id) {
  CommandClient client = pair.client();
  client.wait_for_state(id, "done");
  CHECK(client.task(id, "code") == "6");
  CHECK(client.output(id) == "one\ntwo\n");
}

}  // namespace

TEST_CASE("A command outlives a server that ends or is killed, and its result is there once", "[system]") {
  const int signal = GENERATE(SIGTERM, SIGKILL);
  CommandPair pair;
  CommandClient before = pair.client();
  const std::string id = before.start("echo one; sleep 2; seq 1 60000; exit 5");
  wait_until("the beginning", [&] { return before.output(id) == "one\n"; });
  pair.server.restart(signal);
  CommandClient client = pair.client();
  client.wait_for_state(id, "done");
  CHECK(client.task(id, "code") == "5");
  const std::string output = client.output(id);
  CHECK(output.substr(0, 8) == "one\n1\n2\n");
  CHECK(output.size() == 4 + 348'894);
  wait_until("the audit log", [&] { return audit(pair).find(R"("result":"code 5")") != std::string::npos; });
  CHECK(audit(pair).find(R"("action":"exec_end")") != std::string::npos);
}

TEST_CASE("A client that waits for a command when the server ends is told, and the result is kept",
          "[system]") {
  CommandPair pair;
  auto answer = std::async(std::launch::async, [client = pair.client()]() mutable {
    return client.run("echo one; sleep 2; echo two; exit 6").body;
  });
  const std::string id = wait_for_word(pair, "one\n");
  pair.server.restart(SIGTERM);
  const std::string body = answer.get();
  CHECK(json_at(body, "payload.id") == id);
  CHECK(json_at(body, "payload.result.running") == "true");
  CHECK(json_at(body, "payload.result.reason") == "server is stopping");
  check_whole_result(pair, id);
}

TEST_CASE("A command that somebody waits for outlives a server that is killed", "[system]") {
  CommandPair pair;
  auto answer = std::async(std::launch::async, [client = pair.client()]() mutable {
    CHECK_THROWS(client.run("echo one; sleep 4; echo two; exit 6"));
  });
  const std::string id = wait_for_word(pair, "one\n");
  wait_until("its record", [&] {
    return read_file(pair.server.dir().file("data/tasks/records.db-ring")).find(id) != std::string::npos;
  });
  pair.server.restart(SIGKILL);
  answer.get();
  check_whole_result(pair, id);
}

TEST_CASE("A command outlives the curl that waits for it and is ended by Ctrl-C", "[system]") {
  CommandPair pair;
  TempDir dir;
  const std::string line =
      "echo one; until [ -e " + dir.file("gate") + " ]; do sleep 0.02; done; echo two; exit 6";
  Program curl("/usr/bin/curl", {"-sS", "-d", R"({"cmd":")" + line + R"(","pipes":true})",
                                 "http://" + pair.server.address() + "/api/exec/exec-1/run"});
  const std::string id = wait_for_word(pair, "one\n");
  curl.signal(SIGINT);
  CHECK(curl.wait() == 128 + SIGINT);
  dir.write("gate", "");
  check_whole_result(pair, id);
  pair.server.restart(SIGTERM);  // which writes what lasts
  check_whole_result(pair, id);
}

TEST_CASE("A result that was delivered leaves nothing, however long its command took", "[system]") {
  CommandPair pair;
  CHECK(pair.client().run("sleep 1.5; echo done; exit 3").code == 3);
  pair.server.restart(SIGTERM);
  pair.server.wait_for_agent("exec-1");
  CHECK(json_at(pair.client().get("/tasks"), "payload") == "[]");
}

TEST_CASE("Finished tasks are there after a restart, ahead of those that follow", "[system]") {
  CommandPair pair;
  CommandClient before = pair.client();
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(before.start("seq 1 100000; exit 4"));
  for (const std::string& id : ids) before.wait_for_state(id, "done");
  const std::string output = before.output(ids[0]);
  pair.server.restart(SIGKILL);
  pair.server.wait_for_agent("exec-1");
  CommandClient client = pair.client();
  CHECK(client.task(ids[0], "state") == "done");
  CHECK(client.task(ids[0], "code") == "4");
  CHECK((client.output(ids[0]) == output));
  const std::string newer = client.start("true");
  CHECK(json_at(client.get("/tasks"), "payload.3.id") == newer);
}
