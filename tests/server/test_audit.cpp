#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "commands/audit.hpp"
#include "commands/command_record.hpp"
#include "commands/refusal_counter.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace server;
using Catch::Matchers::Contains;

namespace {

const RefusalCounter::Clock::time_point kStart{};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

AuditEntry some_entry(std::string_view what = "x") {
  return {.action = "ls", .who = "ops", .from = "192.0.2.1", .agent = "a-1", .what = what, .result = "ok"};
}

}  // namespace

TEST_CASE("Refusals of an address are written at 1, 2, 4, 8 ..., and anew after the window", "[server]") {
  RefusalCounter counter;
  std::vector<std::uint64_t> written;
  for (int i = 0; i < 1000; ++i) {
    if (const auto line = counter.count("192.0.2.1", kStart)) written.push_back(line->count);
  }
  CHECK(written == std::vector<std::uint64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512});
  CHECK(counter.count("192.0.2.2", kStart)->count == 1);  // another one is not hidden behind it
  CHECK_FALSE(counter.count("192.0.2.1", kStart + RefusalCounter::kWindow - std::chrono::seconds(1)));
  CHECK(counter.count("192.0.2.1", kStart + RefusalCounter::kWindow)->count == 1);
}

TEST_CASE("Somebody with a million addresses fills neither the memory nor the log", "[server]") {
  RefusalCounter counter;
  std::size_t written = 0;
  std::string last;
  for (int i = 0; i < 1'000'000; ++i) {
    if (const auto line = counter.count(std::to_string(i), kStart)) {
      ++written;
      last = line->address;
    }
  }
  CHECK(written == RefusalCounter::kAddresses + 20);  // and of the others the powers of two
  CHECK(last == RefusalCounter::kOthers);
  CHECK(counter.count("new", kStart + RefusalCounter::kWindow)->address == "new");
}

TEST_CASE("A refused token is in the audit log with its address, not each of many", "[server]") {
  test::TempDir dir;
  Audit audit(dir.path());
  for (int i = 0; i < 5; ++i)
    audit.write_refusal("192.0.2.1", "GET /api/agents", "unknown API token", kStart);
  audit.flush();
  const std::string text = text_of(dir.file("audit.log"));
  CHECK(lines_of(text) == 3);
  CHECK_THAT(text,
             Contains(R"("action":"refused_token","who":"","from":"192.0.2.1","what":"GET /api/agents")") &&
                 Contains(R"("result":"unknown API token"})") &&
                 Contains(R"("result":"unknown API token; 4 times within 10 minutes"})"));
}

TEST_CASE("A disk that is full makes lines wait, and none is lost", "[server]") {
  test::TempDir dir;
  const std::string path = dir.file("disk");
  test::SmallDisk disk(path);
  if (!disk.is_mounted()) return;  // only root can make one
  Audit audit(path);
  audit.write(some_entry());
  CHECK_FALSE(audit.fault());

  {
    std::ofstream filler(path + "/filler");
    while (filler.write("0123456789abcdef", 16) && filler.flush()) {
    }
  }
  // What is left of the last block holds a few lines, and a part of another one.
  std::size_t written = 1;
  for (; !audit.fault() && written < 1000; ++written) {
    audit.write(some_entry(std::string(1000, 'y')));
    audit.flush();
  }
  CHECK(audit.fault() == "No space left on device");
  audit.write(some_entry("waits"));

  std::filesystem::remove(path + "/filler");
  test::wait_until("the log can be written", [&] { return !audit.fault(); });
  audit.write(some_entry("later"));
  audit.flush();
  const std::string text = text_of(path + "/audit.log");
  CHECK(lines_of(text) == written + 2);
  CHECK_THAT(text, Contains("\"waits\"") && Contains("\"later\"") && !Contains("audit_gap"));
}

TEST_CASE("A short command has one line, a long one has two", "[server]") {
  test::TempDir dir;
  Audit audit(dir.path());
  server::CommandRecord command;
  command.id = "t-1";
  command.agent = "a-1";
  command.owner = "ops";
  command.from = "192.0.2.1";
  command.command = "echo hi";
  command.limits.memory = 1000;
  command.state = server::command_state::done;
  command.code = 4;
  const std::string of_it = R"("who":"ops","from":"192.0.2.1","agent":"a-1","task":"t-1","what":"echo hi")";
  audit.write_whole(command, std::chrono::milliseconds(12));
  audit.flush();
  CHECK_THAT(text_of(dir.file("audit.log")),
             Contains(R"("action":"exec",)" + of_it +
                      R"(,"limits":{"memory":1000},"took_ms":12,"result":"code 4"})"));
  audit.write_start(command);
  audit.write_end(command);
  audit.flush();
  const std::string text = text_of(dir.file("audit.log"));
  CHECK(lines_of(text) == 3);
  CHECK_THAT(text, Contains(R"("action":"exec",)" + of_it + R"(,"limits":{"memory":1000}})") &&
                       Contains(R"("action":"exec_end",)" + of_it + R"(,"result":"code 4"})"));
}

TEST_CASE("A result of megabytes is cut", "[server]") {
  test::TempDir dir;
  Audit audit(dir.path());
  AuditEntry entry = some_entry();
  const std::string result(3 << 20, 'r');
  entry.result = result;
  audit.write(entry);
  audit.flush();
  CHECK_THAT(text_of(dir.file("audit.log")), Contains("rrr\u2026(+3141632 bytes)\"}"));
}
