#include "tests/bench/metrics_messages.hpp"

#include <array>
#include <vector>

#include "agent/json.hpp"
#include "agent/wire/metrics.hpp"

namespace bench {
namespace {

using namespace agent;

// The payload of a 33 as a whole message.
std::string message(const std::string& payload, std::uint64_t number) {
  std::string text = R"({"type":33,)";
  if (number != 0) text += R"("rseq":)" + std::to_string(number) + ",";
  return text + R"("hm_dynamic_rep":)" + payload + "}";
}

wire::HostUsage usage() {
  wire::HostUsage usage;
  usage.cpu = {{12.5}, {0.31}, {0.2}, {0.1}};
  usage.memory = {1'200'000'000, 3'000'000'000, 6'500'000'000, {14.57}, 0, 1'073'741'824};
  for (const char* mount : {"/", "/boot", "/home", "/var/lib/docker"}) {
    wire::PartUsage part;
    part.name = mount;
    part.used = 8'000'000'000;
    part.free = 42'000'000'000;
    part.usage = {16};
    part.inodes_used = 90'000;
    part.inodes_free = 3'186'800;
    part.inodes_usage = {2.75};
    part.written_per_second = {4096.5};
    usage.parts.push_back(part);
  }
  for (const char* name : {"lo", "eth0", "docker0"})
    usage.interfaces.push_back({name, 123'456'789, 987'654'321, 123'456, 654'321});
  return usage;
}

std::string hex(std::mt19937_64& random, int digits) {
  std::string text;
  for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[random() % 16];
  return text;
}

std::vector<std::string> command(std::mt19937_64& random) {
  switch (random() % 7) {
    case 0: return {"[kworker/" + std::to_string(random() % 64) + ":1-events]"};
    case 1: return {"/usr/sbin/nginx", "-g", "daemon off;"};
    case 2: return {"sshd: user@pts/" + std::to_string(random() % 30)};
    case 3:
      return {"/usr/lib/jvm/java-17/bin/java", "-Xms512m", "-Xmx2g", "-jar",
              "/opt/service/app-" + hex(random, 8) + ".jar"};
    case 4: return {"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", hex(random, 64)};
    case 5: return {"postgres: checkpointer "};
    default:
      return {"/usr/bin/python3", "/opt/app/manage.py", "runserver",
              "0.0.0.0:" + std::to_string(random() % 60'000)};
  }
}

wire::ProcessUsage process(std::int32_t pid, std::mt19937_64& random) {
  static const std::array<const char*, 4> kUsers{"root", "www-data", "postgres", "app"};
  wire::ProcessUsage process;
  process.pid = pid;
  process.parent = static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(pid));
  process.user = kUsers[random() % kUsers.size()];
  if (random() % 2 == 0) process.cpu = {static_cast<double>(random() % 3000) / 100};
  process.rss = random() % (1U << 20U) * 4096;
  process.vms = process.rss * (2 + random() % 18);
  process.memory = {static_cast<double>(random() % 300) / 100};
  process.cmd = command(random);
  if (random() % 10 == 0) {
    process.listen = {static_cast<std::uint32_t>(random() % 65'536)};
    process.conns = static_cast<std::int64_t>(random() % 50);
  }
  return process;
}

}  // namespace

std::string usage_message(std::uint64_t number) {
  wire::DynamicReply reply;
  reply.begin = reply.end = wire::Time::now();
  reply.usage = usage();
  return message(json::encode(reply), number);
}

std::string list_payload(std::size_t bytes, std::mt19937_64& random) {
  constexpr std::size_t kPerProcess = 150;
  wire::DynamicReply reply;
  reply.begin = reply.end = wire::Time::now();
  std::int32_t pid = 1;
  std::string text;
  while (text.size() < bytes) {
    const std::size_t missing = (bytes - text.size()) / kPerProcess + 1;
    for (std::size_t i = 0; i < missing; ++i)
      reply.processes.push_back(process(pid += 1 + static_cast<std::int32_t>(random() % 40), random));
    text = json::encode(reply);
  }
  return text;
}

std::string list_message(const std::string& payload, std::uint64_t number) {
  return message(payload, number);
}

}  // namespace bench
