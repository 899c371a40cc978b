// What tests of metrics share: messages of a metrics-agent, and one that answers as a real one would.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/host.hpp"
#include "agent/wire/metrics.hpp"
#include "tests/server/api_server.hpp"

namespace test {

// Payloads of the examples of reference wire.md, 6.6.
inline constexpr const char* kFacts =
    R"({"time":"2026-03-01T08:30:00Z","host":{"name":"web-1","uptime":90000000000},"os":{"name":"linux","pname":"debian",)"
    R"("pversion":"12.5","install":"2025-01-05T10:00:00Z","startup":"2026-03-01T08:28:30Z"},)"
    R"("kernel":{"version":"6.1.0-18-amd64","arch":"x86_64"},"cpu":{"physical":2,"logical":4,"cores":[)"
    R"({"model":"AMD EPYC 7B13","cores":1,"mhz":2450.00},{"processor":1,"model":"AMD EPYC 7B13","core":1,"cores":1,)"
    R"("mhz":2450.00}]},"memory":{"physical":8234287104,"swap":1073741824},"disks":[{"model":"QEMU HARDDISK",)"
    R"("total":53687091200,"type":"SSD","parts":["/dev/sda1"]}],"parts":[{"name":"/","fstype":"ext4",)"
    R"("opts":["rw","relatime"],"total":52576092160,"inodes":3276800}],"nameservers":["192.0.2.53"],)"
    R"("gateway":"192.0.2.1","interface":[{"index":2,"name":"eth0","mtu":1500,"flags":["up","broadcast","multicast"],)"
    R"("mac":"02:00:5e:10:00:01","addrs":["192.0.2.10/24"]}],"user":[{"name":"root","id":"0","gid":"0"}]})";
inline constexpr const char* kUsage =
    R"({"cpu":{"usage":12.50,"load1":0.31,"load5":0.20,"load15":0.10},"mem":{"used":1200000000,"free":3000000000,)"
    R"("available":6500000000,"usage":14.57,"sfree":1073741824},"parts":[{"name":"/","used":8000000000,"free":42000000000,)"
    R"("usage":16.00,"iused":90000,"ifree":3186800,"iusage":2.75,"rps":1024.00,"wps":4096.50}],"intferface":[)"
    R"({"name":"eth0","bsent":1000,"brecv":2000,"psent":10,"precv":20}]})";
inline constexpr const char* kProcesses =
    R"([{"id":812,"pid":1,"user":"www-data","cpu":1.20,"rss":20971520,"vms":104857600,"mem":0.25,)"
    R"("cmd":["nginx","-g","daemon off;"],"listen":[80],"conns":3}])";
inline constexpr const char* kConnections =
    R"([{"fd":6,"pid":812,"type":"tcp4","local":"0.0.0.0:80","remote":"0.0.0.0","status":"LISTEN"}])";
inline constexpr const char* kTemperatures = R"([{"name":"coretemp_core_0","temp":41.00}])";

// And what the API makes of them (reference HTTP API, A.3).
inline constexpr const char* kFactsShown =
    R"({"time":1772353800,"host":{"name":"web-1","uptime":90},"os":{"name":"linux","platform_name":"debian",)"
    R"("platform_version":"12.5","install":1736071200,"startup":1772353710},)"
    R"("kernel":{"version":"6.1.0-18-amd64","arch":"x86_64"},"cpu":{"physical":2,"logical":4,"cores":[)"
    R"({"processor":0,"model":"AMD EPYC 7B13","core":0,"cores":1,"physical":0,"mhz":2450},)"
    R"({"processor":1,"model":"AMD EPYC 7B13","core":1,"cores":1,"physical":0,"mhz":2450}]},)"
    R"("memory":{"physical":8234287104,"swap":1073741824},"disks":[{"model":"QEMU HARDDISK","total":53687091200,)"
    R"("type":"SSD","disks":["/dev/sda1"]}],"partitions":[{"mount":"/","fstype":"ext4","opts":["rw","relatime"],)"
    R"("total":52576092160,"inodes":3276800}],"nameservers":["192.0.2.53"],"gateway":"192.0.2.1",)"
    R"("interface":[{"index":2,"name":"eth0","mtu":1500,"flags":["up","broadcast","multicast"],)"
    R"("mac":"02:00:5e:10:00:01","addrs":["192.0.2.10/24"]}],"user":[{"name":"root","id":"0","gid":"0"}]})";
inline constexpr const char* kUsageShown =
    R"({"cpu":{"usage":12.5,"load1":0.31,"load5":0.2,"load15":0.1},"memory":{"used":1200000000,"free":3000000000,)"
    R"("available":6500000000,"usage":14.57,"swap_used":0,"swap_free":1073741824},"partitions":[{"name":"/",)"
    R"("used":8000000000,"free":42000000000,"usage":16,"inode_used":90000,"inode_free":3186800,"inode_usage":2.75,)"
    R"("read_per_second":1024,"write_per_second":4096.5,"iops_in_progress":0}],"interface":[{"name":"eth0",)"
    R"("bytes_sent":1000,"bytes_recv":2000,"packets_sent":10,"packets_recv":20}]})";
inline constexpr const char* kProcessesShown =
    R"([{"id":812,"pid":1,"user":"www-data","cpu_usage":1.2,"rss":20971520,"vms":104857600,"memory_usage":0.25,)"
    R"("cmd":["nginx","-g","daemon off;"],"listen":[80],"conns":3}])";
inline constexpr const char* kConnectionsShown =
    R"([{"fd":6,"pid":812,"type":"tcp4","local":"0.0.0.0:80","remote":"0.0.0.0","status":"LISTEN"}])";
inline constexpr const char* kTemperaturesShown = R"([{"name":"coretemp_core_0","temp":41}])";

// A message of type 33 with these members beside its times; `head`: members beside the type, each with a
// comma.
inline std::string samples(const std::string& members, const std::string& head = {},
                           const std::string& time = "2026-03-01T08:30:05Z") {
  return R"({"type":33,)" + head + R"("hm_dynamic_rep":{"begin":")" + time + R"(","end":")" + time + "\"" +
         (members.empty() ? "" : ",") + members + "}}";
}
inline std::string facts(const std::string& head = {}) {
  return R"({"type":31,)" + head + R"("hm_static":)" + kFacts + "}";
}
inline std::string usage_report(const std::string& head = {}) {
  return samples(R"("usage":)" + std::string(kUsage), head);
}

// One that is sampled now, whatever the clock says.
inline std::string fresh(const std::string& members, const std::string& head = {}) {
  return samples(members, head, agent::wire::to_string(agent::wire::Time::now()));
}

// `n` processes of about 150 bytes each.
inline std::string process_list(std::size_t n) {
  std::string list = "[";
  for (std::size_t i = 0; i < n; ++i) {
    list +=
        (i == 0 ? "" : ",") + (R"({"id":)" + std::to_string(i + 1)) +
        R"(,"pid":1,"user":"app","cpu":0.50,"rss":20971520,"vms":104857600,"mem":0.25,"cmd":["/usr/bin/worker","--number=)" +
        std::to_string(i) + R"("],"conns":1})";
  }
  return list + "]";
}

inline agent::wire::Come metrics_agent(std::string id, bool is_ours, std::string os = "linux") {
  agent::wire::Come come = come_as(std::move(id), "metrics-agent", std::move(os));
  if (!is_ours) return come;
  come.instance = "instance-1";
  come.caps = {"reports"};
  come.report_spool = "00112233445566aa";
  return come;
}

// MetricsAgent: answers 30, 32, 34 with the examples, and 36 when it is asked to; remembers what it was sent.
class MetricsAgent {
 public:
  using Script = ScriptedAgent::Script;

  // `first`: whatever it sends right after the handshake. `other`: answers instead; false: nothing to add.
  MetricsAgent(std::uint16_t port, agent::wire::Come come, Script other = {}, std::string first = {})
      : other_(std::move(other)),
        agent_(
            port, std::move(come),
            [this](const agent::Envelope& message, const ScriptedAgent::Send& send) {
              return serve(message, send);
            },
            std::move(first)) {}

  void send(std::string text) { agent_.send(std::move(text)); }
  void leave() { agent_.leave(); }

  // Without their tids.
  std::vector<std::string> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  // The number of the last acknowledgement, 0: none; and how many there were.
  std::uint64_t acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  std::size_t acknowledgements() const {
    const std::lock_guard lock(mutex_);
    return acknowledgements_;
  }
  void wait_for(std::uint64_t number) const {
    wait_until("report " + std::to_string(number) + " is acknowledged",
               [this, number] { return acknowledged() == number; });
  }

 private:
  bool serve(const agent::Envelope& message, const ScriptedAgent::Send& send) {
    note(message);
    if (other_ && other_(message, send)) return true;
    const std::string head = R"("tid":")" + std::string(message.tid()) + "\",";
    switch (message.type()) {
      case 30: send(facts(head)); break;
      case 32: send(samples(answer_of(message.payload<agent::wire::DynamicRequest>()), head)); break;
      case 34: send(R"({"type":35,)" + head + kJobsReply); break;
      case 36: change(message.payload<agent::wire::CollectChange>(), head, send); break;
      default: break;
    }
    return true;
  }

  void note(const agent::Envelope& message) {
    const std::lock_guard lock(mutex_);
    if (message.type() == agent::wire::Reported::message.type) {
      acknowledged_ = message.payload<agent::wire::Reported>().number;
      ++acknowledgements_;
      return;
    }
    std::string text = message.root().text();
    const std::string tid = R"(,"tid":")" + std::string(message.tid()) + "\"";
    if (const std::size_t at = text.find(tid); at != std::string::npos) text.erase(at, tid.size());
    received_.push_back(text);
  }

  static std::string answer_of(const agent::wire::DynamicRequest& request) {
    static const std::vector<std::string> kParts{
        R"("usage":)" + std::string(kUsage), R"("process":)" + std::string(kProcesses),
        R"("conns":)" + std::string(kConnections), R"("temps":)" + std::string(kTemperatures)};
    std::string members;
    for (const std::int64_t number : request.req)
      members += (members.empty() ? "" : ",") + kParts.at(static_cast<std::size_t>(number));
    return members;
  }

  static void change(const agent::wire::CollectChange& change, const std::string& head,
                     const ScriptedAgent::Send& send) {
    if (!change.reply) return;
    std::string jobs;
    for (const std::string& job : change.jobs)
      jobs += (jobs.empty() ? "" : ",") + (R"({"name":")" + job) + R"(","interval":5000000000})";
    send(R"({"type":35,)" + head + R"("hm_status_rep":{"jobs":[)" + jobs + "]}}");
  }

  static constexpr const char* kJobsReply =
      R"("hm_status_rep":{"jobs":[{"name":"usage","interval":5000000000}],"aconns":["tcp","udp","unix"]}})";

  const Script other_;
  mutable std::mutex mutex_;
  std::vector<std::string> received_;
  std::uint64_t acknowledged_ = 0;
  std::size_t acknowledgements_ = 0;
  ScriptedAgent agent_;
};

}  // namespace test
