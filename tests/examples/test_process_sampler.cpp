// Samples of a machine that is made up: its files are as they are to be.
#include <agent/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/examples/made_processes.hpp"
#include "tests/examples/sampled_agent.hpp"

using namespace std::chrono_literals;
using namespace std::string_literals;
using agent::TestCall;
using agent::wire::Connection;
using agent::wire::DynamicReply;
using agent::wire::ProcessUsage;
using Texts = std::vector<std::string>;

namespace {

ProcessOptions options_for(const MadeProcesses& tree) {
  ProcessOptions options;
  options.root = tree.root();
  return options;
}

std::vector<int> ids_of(const std::vector<ProcessUsage>& processes) {
  std::vector<int> ids;
  for (const ProcessUsage& one : processes) ids.push_back(one.pid);
  return ids;
}

// Directories list their entries in any order, the real /proc in that of the ids.
std::vector<int> sorted_ids(std::vector<ProcessUsage> processes) {
  std::vector<int> ids = ids_of(processes);
  std::sort(ids.begin(), ids.end());
  return ids;
}

ProcessUsage process(const std::vector<ProcessUsage>& processes, int pid) {
  for (const ProcessUsage& one : processes) {
    if (one.pid == pid) return one;
  }
  FAIL("no process " << pid);
  return {};
}

}  // namespace

TEST_CASE("A process has its figures from its files", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7,
            .name = "ngi(n)x",
            .cpu_ticks = 9000,
            .start_ticks = 10'000,
            .resident_pages = 250,
            .arguments = "nginx\0-g\0daemon off;\0"s,
            .user = 1000,
            .swap_kb = 12});
  SampledAgent sampled(options_for(tree));
  const std::vector<ProcessUsage> processes = sampled.processes();
  REQUIRE(processes.size() == 1);
  const ProcessUsage& one = processes[0];
  const auto tick = static_cast<double>(agent::ticks_per_second());
  CHECK(one.pid == 7);
  CHECK(one.parent == 1);
  CHECK(one.user == "bob");
  CHECK(one.cpu.value == Approx(100 * (9000 / tick) / (1000 - 10'000 / tick)).margin(0.01));
  CHECK(one.whole_life);
  CHECK(one.vms == 8192000);
  CHECK(one.rss == 250 * agent::page_size());
  CHECK(one.swap == 12 * 1024);
  CHECK(one.memory.value == Approx(100.0 * double(one.rss) / (4000000.0 * 1024)).margin(0.01));
  CHECK(one.cmd == Texts{"nginx", "-g", "daemon off;"});
  CHECK(one.listen.empty());
  CHECK(one.conns == 0);
  CHECK(sampled.sampler.warnings() == 0);
}

TEST_CASE("The share of CPU is over the time since the sample before", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7, .cpu_ticks = 9000});
  SampledAgent sampled(options_for(tree));
  sampled.processes();
  const auto ticks = 9000 + 3 * agent::ticks_per_second();
  tree.add({.pid = 7, .cpu_ticks = ticks}).add({.pid = 8, .cpu_ticks = 0});
  sampled.server->advance(60s);
  std::vector<ProcessUsage> processes = sampled.processes();
  CHECK(process(processes, 7).cpu.value == Approx(5));
  CHECK_FALSE(process(processes, 7).whole_life);
  CHECK(process(processes, 8).whole_life);
}

TEST_CASE("A user without a name is shown by the number", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7, .user = 4711});
  SampledAgent sampled(options_for(tree));
  CHECK(sampled.processes().at(0).user == "4711");
}

TEST_CASE("Accounts that are added are seen after ten minutes", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7, .user = 4711});
  SampledAgent sampled(options_for(tree));
  sampled.processes();
  tree.write("etc/passwd", "eve:x:4711:1::/:\n");
  CHECK(sampled.processes().at(0).user == "4711");
  sampled.server->advance(10min);
  CHECK(sampled.processes().at(0).user == "eve");
}

TEST_CASE("Command lines leave the machine masked, in full, or as the name alone", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7, .name = "mysql", .arguments = "mysql\0--password\0hunter2\0\0\0\0\0shop\0"s});
  tree.add({.pid = 8, .name = "kthreadd"});
  ProcessOptions options = options_for(tree);
  {
    SampledAgent masked(options);
    CHECK(process(masked.processes(), 7).cmd == Texts{"mysql", "--password", "***", "", "shop"});
    CHECK(process(masked.processes(), 8).cmd.empty());
  }
  options.command_lines = CommandLines::full;
  {
    SampledAgent full(options);
    CHECK(process(full.processes(), 7).cmd == Texts{"mysql", "--password", "hunter2", "", "shop"});
  }
  options.command_lines = CommandLines::name;
  SampledAgent name(options);
  CHECK(process(name.processes(), 7).cmd == Texts{"mysql"});
  CHECK(process(name.processes(), 8).cmd == Texts{"kthreadd"});
}

TEST_CASE("Top takes the busiest processes, and of equal ones those with the most memory", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 1, .cpu_ticks = 10, .resident_pages = 5});
  tree.add({.pid = 2, .cpu_ticks = 900, .resident_pages = 1});
  tree.add({.pid = 3, .cpu_ticks = 10, .resident_pages = 50});
  tree.add({.pid = 4, .cpu_ticks = 0, .resident_pages = 5000});
  tree.add({.pid = 5, .cpu_ticks = 10, .resident_pages = 50});
  SampledAgent sampled(options_for(tree));
  const DynamicReply top = sampled.ask(SampledAgent::request(SampledAgent::kProcesses, 3));
  CHECK(ids_of(top.processes) == std::vector<int>{2, 3, 5});
  CHECK(top.processes[0].user == "root");
  CHECK(top.processes_cut == 0);  // it was asked for
  CHECK(sorted_ids(sampled.processes(5)) == std::vector<int>{1, 2, 3, 4, 5});
  CHECK(sampled.processes(0).size() == 5);
}

TEST_CASE("Processes that top has cut off have a share of CPU the next time", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 1, .cpu_ticks = 100}).add({.pid = 2, .cpu_ticks = 0});
  SampledAgent sampled(options_for(tree));
  CHECK(ids_of(sampled.processes(1)) == std::vector<int>{1});
  tree.add({.pid = 2, .cpu_ticks = agent::ticks_per_second()});
  sampled.server->advance(10s);
  const std::vector<ProcessUsage> processes = sampled.processes(1);
  CHECK(ids_of(processes) == std::vector<int>{2});
  CHECK(processes[0].cpu.value == Approx(10));
  CHECK_FALSE(processes[0].whole_life);
}

TEST_CASE("The least busy processes are left out beyond the bound, and their number is told", "[examples]") {
  MadeProcesses tree;
  for (int pid = 1; pid <= 9; ++pid) tree.add({.pid = pid, .cpu_ticks = static_cast<std::uint64_t>(pid)});
  ProcessOptions options = options_for(tree);
  options.most_processes = 4;
  SampledAgent sampled(options);
  for (const std::int64_t top : {0, 6}) {
    const DynamicReply reply = sampled.ask(SampledAgent::request(SampledAgent::kProcesses, top));
    CHECK(ids_of(reply.processes) == std::vector<int>{9, 8, 7, 6});
    CHECK(reply.processes_cut == 5);
  }
  CHECK(sampled.ask(SampledAgent::request(SampledAgent::kProcesses, 2)).processes_cut == 0);
}

TEST_CASE("Listening ports and the number of sockets come from the descriptors", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7}).add({.pid = 8}).add({.pid = 9});
  tree.write("proc/1/net/tcp", "  sl  local_address rem_address   st\n" +
                                   MadeProcesses::inet_line("00000000:0050", "00000000:0000", "0A", 501) +
                                   MadeProcesses::inet_line("00000000:0016", "00000000:0000", "0A", 503) +
                                   MadeProcesses::inet_line("0100007F:1388", "0100007F:0050", "01", 504));
  tree.write("proc/1/net/tcp6", MadeProcesses::inet_line("00000000000000000000000000000000:0050",
                                                         "00000000000000000000000000000000:0000", "0A", 502));
  // 501 twice, 502 is of the same port, 504 does not listen, 505 is of a kind that is not in the tables.
  tree.hold(7, 3, 501).hold(7, 4, 501).hold(7, 5, 502).hold(7, 6, 503).hold(7, 7, 504).hold(7, 8, 505);
  tree.hold(8, 3, 501);
  SampledAgent sampled(options_for(tree));
  const std::vector<ProcessUsage> processes = sampled.processes();
  CHECK(process(processes, 7).listen == std::vector<std::uint32_t>{22, 80});
  CHECK(process(processes, 7).conns == 5);
  CHECK(process(processes, 8).listen == std::vector<std::uint32_t>{80});
  CHECK(process(processes, 8).conns == 1);
  CHECK(process(processes, 9).conns == 0);

  const std::vector<Connection> connections = sampled.connections();
  REQUIRE(connections.size() == 4);
  CHECK(connections[0].local == "0.0.0.0:80");
  CHECK(connections[0].status == "LISTEN");
  CHECK((connections[0].pid == 7 || connections[0].pid == 8));  // directories have no order
  CHECK(connections[0].fd == 3);
  CHECK(connections[2].local == "127.0.0.1:5000");
  CHECK(connections[2].remote == "127.0.0.1:80");
  CHECK(connections[3].type == "tcp6");
  CHECK(sampled.connections({"tcp6", "nonsense"}).size() == 1);
  CHECK(sampled.connections({"nonsense"}).empty());
}

TEST_CASE("A list of connections that is cut says so, and counts all", "[examples]") {
  MadeProcesses tree;
  std::string lines;
  for (int i = 0; i < 50; ++i) lines += MadeProcesses::inet_line("0100007F:1388", "0100007F:0050", "06", 0);
  tree.write("proc/1/net/tcp", lines);
  ProcessOptions options = options_for(tree);
  options.most_connections = 20;
  SampledAgent sampled(options);
  const DynamicReply reply = sampled.ask(SampledAgent::request(SampledAgent::kConnections));
  CHECK(reply.connections.size() == 20);
  CHECK(reply.connections_cut == 30);
  REQUIRE(reply.connection_counts.size() == 1);
  CHECK(reply.connection_counts[0].type == "tcp4");
  CHECK(reply.connection_counts[0].status == "TIME_WAIT");
  CHECK(reply.connection_counts[0].count == 50);
}

TEST_CASE("Any bytes of a process are valid JSON in the report", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7, .name = "a)\nb\xff", .arguments = "caf\xe9\0\"quoted\"\n\x01\0"s});
  tree.write("proc/1/net/unix", "f6c7d200: 00000003 00000000 00000000 0002 01 8312 /run/\xff\x01\n");
  SampledAgent sampled(options_for(tree));
  const TestCall call = sampled.server->call(SampledAgent::request(SampledAgent::kProcesses));
  CHECK(call.reply<DynamicReply>().processes.at(0).cmd == Texts{"caf\uFFFD", "\"quoted\"\n\x01"});
  CHECK(sampled.connections().at(0).local == "/run/%FF\x01");
}

TEST_CASE("Processes that end between two files are left out, and are no warning", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7}).add({.pid = 8}).add({.pid = 9});
  std::filesystem::remove(tree.root() / "proc/7/stat");
  std::filesystem::remove(tree.root() / "proc/8/status");
  std::filesystem::remove(tree.root() / "proc/9/cmdline");
  SampledAgent sampled(options_for(tree));
  CHECK(sampled.processes().empty());
  CHECK(sampled.processes(1).empty());
  CHECK(sampled.sampler.warnings() == 0);
}

TEST_CASE("Files that are empty, cut or binary cost only themselves, and are warnings", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 5}).add({.pid = 6}).add({.pid = 7}).add({.pid = 8}).add({.pid = 9});
  tree.write("proc/5/stat", "")
      .write("proc/6/stat", "6 (x) S 1 2 3")
      .write("proc/7/stat", std::string(70'000, '\0'));
  tree.write("proc/8/status", std::string(70'000, '\xff'));
  tree.write("proc/9/cmdline", std::string(70'000, 'x'));
  tree.write("proc/1/net/tcp", std::string(200'000, 'x') + "\n" +
                                   MadeProcesses::inet_line("00000000:0050", "00000000:0000", "0A", 501) +
                                   std::string(100, '\0'));
  tree.write("proc/uptime", "").write("proc/meminfo", "\xff\xff");
  std::filesystem::remove(tree.root() / "proc/1/net/udp6");  // no IPv6
  SampledAgent sampled(options_for(tree));
  const std::vector<ProcessUsage> processes = sampled.processes();
  CHECK(sorted_ids(processes) == std::vector<int>{8, 9});
  CHECK(process(processes, 8).user.empty());
  CHECK(process(processes, 9).cmd == Texts{std::string(4096, 'x')});
  CHECK(process(processes, 9).memory.value == 0);
  CHECK(sampled.sampler.warnings() == 4);
  CHECK(sampled.connections().size() == 1);
  CHECK(sampled.sampler.warnings() == 4);
  std::filesystem::remove(tree.root() / "proc/1/net/unix");
  CHECK(sampled.connections().size() == 1);
  CHECK(sampled.sampler.warnings() == 5);
}

TEST_CASE("A machine without /proc gives empty lists and warnings", "[examples]") {
  agent::host::SampleTree tree;
  ProcessOptions options;
  options.root = tree.root();
  SampledAgent sampled(options);
  CHECK(sampled.processes().empty());
  CHECK(sampled.connections().empty());
  CHECK(sampled.sampler.warnings() > 0);
}

TEST_CASE("The command lines of a list are bounded together, beyond that names are sent", "[examples]") {
  MadeProcesses tree;
  const std::string bells(4096, '\a');  // each is six bytes of JSON
  for (int pid = 1; pid <= 100; ++pid) tree.add({.pid = pid, .name = "bell", .arguments = bells});
  SampledAgent sampled(options_for(tree));
  const TestCall call = sampled.server->call(SampledAgent::request(SampledAgent::kProcesses));
  std::size_t full = 0;
  for (const ProcessUsage& one : call.reply<DynamicReply>().processes)
    full += one.cmd == Texts{bells} ? 1 : 0;
  CHECK(full == 85);
  CHECK(call.texts().at(0).size() < 2'200'000);
}

TEST_CASE("A limit makes a sample take its time, and calls are answered meanwhile", "[examples]") {
  MadeProcesses tree;
  for (int pid = 1; pid <= 250; ++pid) tree.add({.pid = pid});
  ProcessOptions options = options_for(tree);
  options.process_limit = -1;  // 200 items a second, two for each process
  SampledAgent sampled(options);
  const TestCall slow = sampled.server->call(SampledAgent::request(SampledAgent::kProcesses));
  CHECK_FALSE(slow.ended());
  // The list of connections waits for its turn, the agent serves everybody else.
  const TestCall next = sampled.server->call(SampledAgent::request(SampledAgent::kConnections));
  CHECK_FALSE(next.ended());
  sampled.server->advance(1999ms);
  CHECK_FALSE(slow.ended());
  CHECK(sampled.server->call(agent::wire::CollectQuery()).replies() == 1);
  sampled.server->advance(1ms);
  CHECK(slow.reply<DynamicReply>().processes.size() == 250);
  CHECK(next.ended());
}

TEST_CASE("A limit of connections counts the sockets of processes", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7}).add({.pid = 8}).add({.pid = 9});
  for (int i = 0; i < 30; ++i) tree.hold(7 + i / 10, 3 + i, 1000 + i);
  ProcessOptions options = options_for(tree);
  options.connection_limit = 10;
  SampledAgent sampled(options);
  const TestCall slow = sampled.server->call(SampledAgent::request(SampledAgent::kConnections));
  sampled.server->advance(1999ms);
  CHECK_FALSE(slow.ended());
  // A third pause comes when the process without sockets, which the tree has as well, is the last one.
  sampled.server->advance(1001ms);
  CHECK(slow.ended());
  CHECK(slow.error().empty());
}

TEST_CASE("A request that is given up in the middle of a sample lets the next one begin", "[examples]") {
  MadeProcesses tree;
  for (int pid = 1; pid <= 250; ++pid) tree.add({.pid = pid});
  ProcessOptions options = options_for(tree);
  options.process_limit = 200;
  SampledAgent sampled(options);
  const TestCall slow = sampled.server->call(SampledAgent::request(SampledAgent::kProcesses));
  const TestCall next = sampled.server->call(SampledAgent::request(SampledAgent::kProcesses, 3));
  sampled.server->advance(500ms);
  slow.cancel();
  sampled.server->advance(60s);
  CHECK(next.reply<DynamicReply>().processes.size() == 3);
}

TEST_CASE("At most 16 requests wait for a sample", "[examples]") {
  MadeProcesses tree;
  for (int pid = 1; pid <= 250; ++pid) tree.add({.pid = pid});
  ProcessOptions options = options_for(tree);
  options.process_limit = 1;  // 500 s
  SampledAgent sampled(options);
  std::vector<TestCall> calls;
  for (int i = 0; i < 18; ++i)
    calls.push_back(sampled.server->call(SampledAgent::request(SampledAgent::kProcesses)));
  CHECK(calls.back().ended());
  CHECK_FALSE(calls.back().error().empty());
  CHECK_FALSE(calls[16].ended());
  sampled.server->advance(61s);
  CHECK_FALSE(calls[16].error().empty());
  CHECK_FALSE(calls[0].ended());
}

TEST_CASE("The busiest of 50,000 processes is found", "[examples]") {
  MadeProcesses tree;
  tree.write("stat", MadeProcesses::stat_text({.pid = 7, .cpu_ticks = 5}));
  for (int pid = 1; pid <= 50'000; ++pid) {
    const std::filesystem::path directory = tree.root() / "proc" / std::to_string(pid);
    std::filesystem::create_directory(directory);
    // A file can have a few links only where the file system says so: 60,000 and more on all of Linux's own.
    std::filesystem::create_hard_link(tree.root() / "stat", directory / "stat");
  }
  tree.add({.pid = 50'001, .cpu_ticks = 5000});
  SampledAgent sampled(options_for(tree));
  const std::vector<ProcessUsage> processes = sampled.processes(10);
  REQUIRE(processes.size() == 1);  // the others have no status: they have ended
  CHECK(processes[0].pid == 50'001);
}
