#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "agent/json.hpp"
#include "commands/command_table.hpp"
#include "commands/spool_file.hpp"
#include "tests/support/ask_loop.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

using server::CommandRecord;
using server::RecordStore;
using test::wait_until;

namespace {

CommandRecord ended(const std::string& id, std::int64_t begin) {
  CommandRecord record;
  record.id = id;
  record.agent = "x-1";
  record.state = server::command_state::done;
  record.pid = 4711;
  record.begin = begin;
  record.end = begin + 1;
  record.expires = std::time(nullptr) + 60;
  record.asynchronous = true;
  return record;
}

// A table of commands over what an earlier server left, with a loop of its own.
class Table {
 public:
  explicit Table(const std::vector<CommandRecord>& records) {
    std::filesystem::create_directory(directory());
    RecordStore store(directory() + "/records.db");
    for (const CommandRecord& record : records) {
      store.save({.id = record.id, .expires = record.expires, .text = agent::json::encode(record)},
                 [](bool) {});
      server::SpoolFile::create(output(record.id)).append("text", 4, 1);
    }
    store.close();
  }
  ~Table() { end(); }
  // The loop, then the table.
  void end() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
    commands_.reset();
  }

  std::string directory() const { return dir_.file("tasks"); }
  std::string output(const std::string& id) const { return directory() + "/" + id + ".out"; }

  void open() {
    hub_.attach(loop_);
    server::CommandTableOptions options;
    options.directory = directory();
    options.sweep = std::chrono::milliseconds(5);
    commands_ = std::make_unique<server::CommandTable>(options, hub_, audit_, metrics_);
    commands_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }

  // Calls `work` with the table, on its loop.
  template <class Work>
  auto ask(Work work) {
    return test::ask_loop(loop_, [&] { return work(*commands_); });
  }
  // Ids of the tasks in the order they were made.
  std::vector<std::string> ids() {
    return ask([](server::CommandTable& commands) {
      std::vector<std::string> ids;
      const auto records = commands.records("x-1");
      for (const CommandRecord& record : records.value()) ids.push_back(record.id);
      return ids;
    });
  }
  // What is known of the task, and its output as far as it is in memory.
  std::pair<CommandRecord, std::optional<std::string>> find(const std::string& id) {
    return ask([&](server::CommandTable& commands) {
      const auto command = commands.find("x-1", id);
      return std::pair(command->view(), std::optional<std::string>(command->output()->spool().in_memory()));
    });
  }

 private:
  test::TempDir dir_;
  agent::metrics::Registry metrics_;
  server::Hub hub_{server::HubOptions{}, metrics_};
  server::Audit audit_{dir_.path()};
  agent::net::Loop loop_;
  std::thread thread_;
  std::unique_ptr<server::CommandTable> commands_;
};

}  // namespace

TEST_CASE("A result goes when it has expired, with its record and its output", "[server]") {
  CommandRecord old = ended("20260101-00001-a", 1000);
  old.expires = std::time(nullptr) - 1;
  Table table({old, ended("20260101-00002-b", 2000)});
  table.open();
  wait_until("the old one is gone", [&] { return table.ids().size() == 1; });
  CHECK(table.ids().front() == "20260101-00002-b");
  wait_until("its output is gone", [&] { return !std::filesystem::exists(table.output(old.id)); });
  wait_until("its record is gone",
             [&] { return RecordStore(table.directory() + "/records.db").load().size() == 1; });
}

TEST_CASE("The newer of two tasks with one process id is found, whatever their ids", "[server]") {
  Table table({ended("20260102-00001-a", 9000), ended("20260102-77777-b", 1000)});
  table.open();
  CHECK(table.ask([](server::CommandTable& commands) { return commands.find_pid("x-1", 4711)->id(); }) ==
        "20260102-00001-a");
  CHECK(table.ids().front() == "20260102-77777-b");
}

TEST_CASE("Output that belongs to no task is removed at the start, other files stay", "[server]") {
  Table table({ended("20260103-00001-a", 1000), ended("20260103-00002-b", 1000)});
  std::ofstream(table.output("20260103-00002-b")) << "of no use";
  std::ofstream(table.output("20260103-00009-x")) << "left behind";
  std::ofstream(table.directory() + "/README") << "somebody's";
  table.open();
  CHECK_FALSE(std::filesystem::exists(table.output("20260103-00009-x")));
  CHECK(std::filesystem::exists(table.output("20260103-00001-a")));
  CHECK_FALSE(std::filesystem::exists(table.output("20260103-00002-b")));
  CHECK(std::filesystem::exists(table.directory() + "/README"));
}

TEST_CASE("A task that an original was running when the server ended is lost, and stays for its time",
          "[server]") {
  CommandRecord record = ended("20260104-00001-a", 1000);
  record.state = server::command_state::running;
  record.timeout = 5;
  record.expires = 0;
  Table table({record});
  table.open();
  const CommandRecord found = table.find(record.id).first;
  CHECK(found.state == server::command_state::lost);
  CHECK(found.code == server::kCodeLost);
  // By the server's clock; the agent's may be wrong.
  CHECK(found.expires >= std::time(nullptr) + 5 + 3600 - 2);
}

TEST_CASE("Why a task ended, what it cost and what it was allowed is known after a restart",
          "[server][limits]") {
  CommandRecord record = ended("20260104-00001-a", 1000);
  record.ended_by = "memory";
  record.bound = "agent";
  record.pids = true;
  record.oom_kills = 3;
  record.usage = {.cpu_seconds = 1.25, .peak_memory = 64'000'000, .read_bytes = 0, .written_bytes = 7};
  record.limits = {.cpu_percent = 50, .memory = 64'000'000, .pids = 9, .cpu_seconds = 60};
  Table table({record});
  table.open();
  const CommandRecord found = table.find(record.id).first;
  CHECK(found.ended_by == "memory");
  CHECK(found.bound == "agent");
  CHECK(found.pids);
  CHECK(found.oom_kills == 3);
  CHECK(found.usage == record.usage);
  CHECK(found.limits == record.limits);
}

TEST_CASE("A visitor who leaves when the server has ended sets no timer on a loop that goes", "[server]") {
  CommandRecord record = ended("20260104-00001-a", 1000);
  record.state = server::command_state::running;
  record.acknowledged = true;
  record.input = true;
  record.timeout = 3600;
  record.begin = std::time(nullptr);
  std::optional<Table> table(std::in_place, std::vector{record});
  table->open();
  const std::shared_ptr<server::Command> command =
      table->ask([&](server::CommandTable& commands) { return commands.find("x-1", record.id); });
  const auto seat = table->ask([&](server::CommandTable&) { return command->join("c", "ann", 0, true); });
  table->end();
  command->leave(seat);
  table.reset();
  CHECK(command->audience().is_empty());  // it goes last: AddressSanitizer sees what it has of the loop
}

TEST_CASE("A record that an older server has written is read", "[server][limits]") {
  const std::string old =
      R"({"id":"20260104-00001-a","agent":"x-1","owner":"","command":"x","state":"done","timeout":60,"pid":4711,)"
      R"("begin":1000,"end":1001,"code":-1,"timed_out":true,"truncated":false,"output_size":0,"kept_size":0,)"
      R"("acknowledged":true,"asynchronous":true,"instance":"i-1"})";
  const auto record = agent::json::decode<server::StoredCommand>(old);
  CHECK(record.timed_out);
  CHECK(record.instance == "i-1");
  CHECK(record.ended_by.empty());
  CHECK_FALSE(record.usage.any());
  CHECK_FALSE(record.limits.any());
}

TEST_CASE("Small output is a part of its task's record", "[server]") {
  Table table({});
  server::StoredCommand record;
  static_cast<CommandRecord&>(record) = ended("20260105-00001-a", 1000);
  record.output = "aGkK";
  RecordStore store(table.directory() + "/records.db");
  store.save({.id = record.id, .expires = record.expires, .text = agent::json::encode(record)}, [](bool) {});
  store.close();
  table.open();
  const auto [found, output] = table.find(record.id);
  CHECK(output == "hi\n");
  CHECK(found.output_size == 3);
  CHECK(found.kept_size == 3);
  CHECK_FALSE(std::filesystem::exists(table.output(record.id)));
}
