// The logkit-agent as it is built, with readers of streams.
#include <agent/json_value.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "stream_sender.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using test::Program;

namespace {

const std::string kProgram = test::built_program("logkit-agent");

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

struct Place {
  explicit Place(const std::string& reader,
                 const std::string& parser = R"("type": "raw", "timestamp": false)") {
    std::filesystem::create_directories(dir.file("runners"));
    dir.write("runners/r.conf", "{\"reader\": {" + reader + R"(}, "batch_len": 100, "batch_interval": "10ms",
      "parser": {)" + parser + R"(}, "senders": [{"sender_type": "file", "file_send_path": ")" +
                                    out + "\"}]}");
  }
  Program::Arguments arguments(bool is_once = false) const {
    Program::Arguments words{"run", "--runners", dir.file("runners"), "--state", dir.file("state")};
    if (is_once) words.push_back("--once");
    return words;
  }
  // With a shell's redirection or pipe around it.
  std::pair<int, std::string> run_once(const std::string& before, const std::string& behind) const {
    std::string line = before + kProgram;
    for (const std::string& word : arguments(true)) line += " " + word;
    return test::run_program("/bin/sh", {"-c", line + behind});
  }
  std::string status() const {
    std::ifstream file(dir.file("state/status.json"), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  test::TempDir dir;
  std::string out = dir.file("out");
};

std::uint16_t free_port() { return test::TcpListener().port(); }

}  // namespace

TEST_CASE("logkit-agent that is killed while lines arrive has each that it had kept", "[examples]") {
  const std::string address = "tcp://127.0.0.1:" + std::to_string(free_port());
  const Place place(R"("mode": "socket", "socket_service_address": ")" + address + "\"");
  constexpr int kRounds = 6;
  constexpr int kLines = 4000;
  const auto json = [](const std::string& text) { return "{\"raw\":\"" + text + "\"}"; };
  std::map<std::string, int> counts;
  const auto count = [&] {
    counts.clear();
    for (const std::string& line : lines_of(place.out)) ++counts[line];
  };
  int next = 0;  // the first line that has not arrived
  for (int round = 0; round < kRounds; ++round) {
    Program program(kProgram, place.arguments());
    test::StreamSender sender = test::connect_sender(address);
    // The spool keeps the order: what it had before the kill has arrived when this has.
    const std::string marker = "round " + std::to_string(round);
    sender.send(marker + "\n");
    test::wait_until("the marker is there", [&] {
      count();
      return counts.contains(json(marker));
    });
    while (counts.contains(json(std::to_string(next)))) ++next;
    for (int i = next; i < kRounds * kLines; ++i) REQUIRE_FALSE(counts.contains(json(std::to_string(i))));
    const std::size_t before = counts.size();
    const int end = (round + 1) * kLines;
    for (int i = next; i < end; ++i) sender.send(std::to_string(i) + "\n");
    const bool is_last = round + 1 == kRounds;
    test::wait_until("lines arrive", [&] {
      count();
      return is_last ? counts.contains(json(std::to_string(end - 1))) : counts.size() > before;
    });
    program.signal(is_last ? SIGTERM : SIGKILL);
    program.wait();
  }
  count();
  int repeated = 0;
  for (int i = 0; i < kRounds * kLines; ++i) {
    INFO(i);
    REQUIRE(counts.contains(json(std::to_string(i))));
    repeated += counts[json(std::to_string(i))] - 1;
  }
  // A batch has 100 records.
  CHECK(repeated <= kRounds * 100);
}

TEST_CASE("logkit-agent takes syslog over a connection and by datagrams", "[examples]") {
  const std::string address = "tcp://127.0.0.1:" + std::to_string(free_port());
  const Place place(R"("mode": "socket", "datasource_tag": "from", "position_tag": "at",
                       "socket_service_address": ")" +
                        address + "\"",
                    R"("type": "syslog")");
  const std::string socket = place.dir.file("log.sock");
  place.dir.write("runners/local.conf", R"({"reader": {"mode": "socket", "datasource_tag": "from",
      "socket_service_address": "unixgram://)" +
                                            socket + R"("}, "batch_interval": "10ms",
      "parser": {"type": "syslog"}, "senders": [{"sender_type": "file", "file_send_path": ")" +
                                            place.dir.file("local") + "\"}]}");
  Program program(kProgram, place.arguments());
  test::connect_sender(address).send("38 <34>1 2026-01-02T03:04:05Z h a 1 m - x<13>1 - h b - - - two\nlines");
  test::connect_sender("unixgram://" + socket).send("<13>Jan  2 03:04:05 h c: three\n");
  test::wait_until("the messages are there", [&] {
    return lines_of(place.out).size() == 3 && lines_of(place.dir.file("local")).size() == 1;
  });
  const auto record = agent::json::Document::parse(lines_of(place.out)[0]);
  CHECK(record.root().find("message").as_string() == "x");
  CHECK(record.root().find("app_name").as_string() == "a");
  CHECK(record.root().find("from").as_string().starts_with("127.0.0.1:"));
  CHECK_FALSE(record.root().find("at").is_null());
  const auto local = agent::json::Document::parse(lines_of(place.dir.file("local"))[0]);
  CHECK(local.root().find("content").as_string() == "three");
  CHECK(local.root().find("from").as_string() == socket);
  program.signal(SIGTERM);
  CHECK(program.wait() == 0);
  CHECK_FALSE(std::filesystem::exists(socket));
}

TEST_CASE("Connections leave descriptors to the rest of the program and the others wait", "[examples]") {
  const std::string address = "tcp://127.0.0.1:" + std::to_string(free_port());
  const Place place(R"("mode": "socket", "socket_service_address": ")" + address + "\"");
  std::string line = "ulimit -n 64; exec " + kProgram;
  for (const std::string& word : place.arguments()) line += " " + word;
  const Program program("/bin/sh", {"-c", line});
  std::vector<test::StreamSender> senders;
  constexpr std::size_t kSenders = 80;
  while (senders.size() < kSenders) {
    senders.push_back(test::connect_sender(address));
    senders.back().send(std::to_string(senders.size()) + "\n");
  }
  // At present, unlike those of the history.
  const auto has_problem = [&] {
    return place.status().find(R"("last_error":"further connections wait: there are too few descriptors")") !=
           std::string::npos;
  };
  test::wait_until("the problem is told", has_problem);
  const std::size_t taken = lines_of(place.out).size();
  CHECK(taken > 10);
  CHECK(taken < kSenders);
  senders.clear();
  test::wait_until("all lines are there", [&] { return lines_of(place.out).size() == kSenders; });
  test::wait_until("the problem is over", [&] { return !has_problem(); });
  CHECK(program.count("ends: its file is gone") == 0);
}

TEST_CASE("A socket whose runner goes is free for another one", "[examples]") {
  const std::string address = "tcp://127.0.0.1:" + std::to_string(free_port());
  const Place place(R"("mode": "socket", "socket_service_address": ")" + address + "\"");
  const Program program(kProgram, place.arguments());
  test::connect_sender(address).send("one\n");
  test::wait_until("the line is there", [&] { return lines_of(place.out).size() == 1; });
  const Place other(R"("mode": "socket", "socket_service_address": ")" + address + "\"");
  std::filesystem::rename(other.dir.file("runners/r.conf"), place.dir.file("runners/s.conf"));
  std::filesystem::remove(place.dir.file("runners/r.conf"));
  test::wait_until("the line is there", [&] {
    test::StreamSender sender(address);
    if (sender.is_connected) sender.socket.try_send("two\n");
    return !lines_of(other.out).empty();
  });
}

TEST_CASE("What nobody takes stays on disk and goes to whoever takes it after a restart", "[examples]") {
  const std::string address = "tcp://127.0.0.1:" + std::to_string(free_port());
  const Place place(R"("mode": "socket", "socket_service_address": ")" + address + "\"");
  std::filesystem::create_directories(place.out);  // which no file can be written to
  {
    Program program(kProgram, place.arguments());
    test::StreamSender sender = test::connect_sender(address);
    for (int i = 0; i < 1000; ++i) sender.send(std::to_string(i) + "\n");
    sender.socket.close();
    program.signal(SIGTERM);
    program.wait();
    CHECK(place.status().find("\"lost_bytes\":0") != std::string::npos);
  }
  std::filesystem::remove(place.out);
  const Program program(kProgram, place.arguments());
  test::wait_until("all lines are there", [&] { return lines_of(place.out).size() == 1000; });
}

TEST_CASE("run --once reads the standard input to its end", "[examples]") {
  const Place place(R"("mode": "stdin", "datasource_tag": "from")");
  const auto [code, output] = place.run_once("printf 'one\\ntwo\\n\\nthree' | ", "");
  CHECK(code == 0);
  CHECK(output.find("r: 3 lines read, 0 with errors, 3 records sent") != std::string::npos);
  CHECK(lines_of(place.out) == std::vector<std::string>{R"({"raw":"one","from":"stdin"})",
                                                        R"({"raw":"two","from":"stdin"})",
                                                        R"({"raw":"three","from":"stdin"})"});
  for (const char* input : {" < /dev/null", " <&-"}) {
    const auto [none, text] = place.run_once("", input);
    INFO(text);
    CHECK(none == 0);
    CHECK(text.find("r: 0 lines read") != std::string::npos);
  }
}

TEST_CASE("run --once refuses a socket because it has no end", "[examples]") {
  const Place place(R"("mode": "socket", "socket_service_address": "tcp://127.0.0.1:0")");
  const auto [code, output] = test::run_program(kProgram, place.arguments(true));
  CHECK(code == 78);
  CHECK(output.find("a socket has no end") != std::string::npos);
}

TEST_CASE("run --once runs a script once and only from the directories that are allowed", "[examples]") {
  const test::TempDir scripts;
  const std::string script = scripts.write("s", "#!/bin/sh\necho one\nprintf two\n");
  std::filesystem::permissions(script, std::filesystem::perms(0755));
  const Place place(R"("mode": "script", "log_path": ")" + script + R"(", "script_cron": "loop 1s")");
  Program::Arguments arguments = place.arguments(true);
  const auto [denied, why] = test::run_program(kProgram, arguments);
  CHECK(denied == 78);
  CHECK(why.find("no scripts are run: logkit.scripts (or --scripts) names no directory") !=
        std::string::npos);
  arguments.insert(arguments.end(), {"--scripts", scripts.path()});
  CHECK(test::run_program(kProgram, arguments).first == 0);
  CHECK(lines_of(place.out) == std::vector<std::string>{R"({"raw":"one"})", R"({"raw":"two"})"});
  CHECK(place.status().find("\"script_runs\":1") != std::string::npos);
  scripts.write("s", "#!/bin/sh\necho three\nexit 7\n");
  const auto [failed, told] = test::run_program(kProgram, arguments);
  CHECK(failed == 1);
  CHECK(told.find("exit code 7") != std::string::npos);
  CHECK(lines_of(place.out).back() == R"({"raw":"three"})");
  CHECK(place.status().find("\"script_exit_code\":7") != std::string::npos);
}

TEST_CASE("A script that is killed with the program is ended at the next start", "[examples]") {
  const test::TempDir scripts;
  const std::string script = scripts.write("s", "#!/bin/sh\necho $$\nexec sleep 1000\n");
  std::filesystem::permissions(script, std::filesystem::perms(0755));
  const Place place(R"("mode": "script", "log_path": ")" + script + "\"");
  Program::Arguments arguments = place.arguments();
  arguments.insert(arguments.end(), {"--scripts", scripts.path()});
  // A line may come twice: nobody says that the kill left the batch acknowledged.
  const auto wait_for_script_but = [&](int known) {
    int pid = known;
    test::wait_until("the script runs", [&] {
      for (const std::string& line : lines_of(place.out))
        if (pid == known) pid = std::stoi(line.substr(line.find_first_of("0123456789")));
      return pid != known;
    });
    return pid;
  };
  int first = 0;
  {
    Program program(kProgram, arguments);
    first = wait_for_script_but(0);
    program.signal(SIGKILL);
    program.wait();
  }
  CHECK(::kill(first, 0) == 0);
  Program program(kProgram, arguments);
  const int second = wait_for_script_but(first);
  program.signal(SIGTERM);
  CHECK(program.wait() == 0);
  for (const int pid : {first, second})
    test::wait_until("no script runs any more", [&] {
      std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
      std::string text;
      return !std::getline(file, text) || text.find(") Z ") != std::string::npos;
    });
}

TEST_CASE("check and parse know readers of streams", "[examples]") {
  const Place place(R"("mode": "socket", "socket_service_address": "tcp://:514", "unheard": 1)",
                    R"("type": "syslog")");
  const std::string config = place.dir.file("runners/r.conf");
  const auto [code, output] = test::run_program(kProgram, {"check", "--config", config});
  CHECK(code == 0);
  CHECK(output.find("only this machine can send") != std::string::npos);
  CHECK(output.find("reader: unheard is unknown") != std::string::npos);
  const std::string input = place.dir.write("input", "21 <13>1 - h a - - - one\n<13>1 - h b - - - two\n");
  const auto [good, text] = test::run_program(kProgram, {"parse", "--config", config, "--input", input});
  CHECK(good == 0);
  CHECK(text.find("line <13>1 - h a - - - one\n") != std::string::npos);
  CHECK(text.find("2 lines, 0 of them with errors") != std::string::npos);
}
