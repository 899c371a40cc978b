#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "agent/json.hpp"
#include "commands/command_table.hpp"
#include "commands/spool_file.hpp"
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
  ~Table() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
    commands_.reset();
  }

  std::string directory() const { return dir_.file("tasks"); }
  std::string output(const std::string& id) const { return directory() + "/" + id + ".out"; }

  server::CommandTable& open() {
    hub_.attach(loop_);
    server::CommandTableOptions options;
    options.directory = directory();
    options.sweep = std::chrono::milliseconds(5);
    commands_ = std::make_unique<server::CommandTable>(options, hub_, audit_, metrics_);
    commands_->start(loop_);
    thread_ = std::thread([this] { loop_.run(); });
    return *commands_;
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
  server::CommandTable& commands = table.open();
  wait_until("the old one is gone", [&] { return commands.list("x-1")->size() == 1; });
  CHECK(commands.list("x-1")->front()->id() == "20260101-00002-b");
  wait_until("its output is gone", [&] { return !std::filesystem::exists(table.output(old.id)); });
  wait_until("its record is gone",
             [&] { return RecordStore(table.directory() + "/records.db").load().size() == 1; });
}

TEST_CASE("The newer of two tasks with one process id is found, whatever their ids", "[server]") {
  Table table({ended("20260102-00001-a", 9000), ended("20260102-77777-b", 1000)});
  server::CommandTable& commands = table.open();
  CHECK(commands.find_pid("x-1", 4711)->id() == "20260102-00001-a");
  CHECK(commands.list("x-1")->front()->id() == "20260102-77777-b");
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
  server::CommandTable& commands = table.open();
  const CommandRecord found = commands.find("x-1", record.id)->snapshot();
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
  const CommandRecord found = table.open().find("x-1", record.id)->snapshot();
  CHECK(found.ended_by == "memory");
  CHECK(found.bound == "agent");
  CHECK(found.pids);
  CHECK(found.oom_kills == 3);
  CHECK(found.usage == record.usage);
  CHECK(found.limits == record.limits);
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
