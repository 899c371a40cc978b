#include <catch2/catch.hpp>
#include <cstdlib>

#include "agent/config.hpp"

using namespace agent;
using namespace std::chrono_literals;

namespace {

// Every key of the originals, with the comments of their documentation.
constexpr const char* kOriginal = R"(id         = <agent-id>
server     = 127.0.0.1:13081
log.target = stdout,file  # where the log goes, stdout and file are known
log.dir    = /var/log/x   # directory of the log
log.size   = 10M          # 日志文件滚动大小
log.rotate = 7            # files to keep
monitor.enabled    = true # report
monitor.interval   = 30s  # how often
limit.cpu_quota    = 100  # 100 is one core
limit.memory_limit = 512M # memory
# what follows is JSON:
#   dev: device number
limit.disk_limit = [{"dev":"8:0","read_bytes":"10M","write_bytes":"10M","read_iops":1000,"write_iops":1000}]
)";

std::string prefixed(std::string text, const std::string& prefix) {
  for (const char* name : {"id ", "server ", "log.", "monitor.", "limit."}) {
    for (std::size_t at = 0; (at = text.find(std::string("\n") + name, at)) != std::string::npos;) {
      text.insert(at + 1, prefix);
      at += prefix.size() + 1;
    }
  }
  return prefix + text;
}

Config read(const std::string& text) {
  Settings settings = Settings::parse(text, "agent.conf");
  Config config;
  settings.read(config, kConfigPrefixes);
  settings.check();
  CHECK(settings.warnings().empty());
  return config;
}

std::vector<std::string> texts(const std::vector<ConfigProblem>& problems) {
  std::vector<std::string> all;
  for (const ConfigProblem& problem : problems) all.push_back(to_string(problem));
  return all;
}

void check_original(const Config& config) {
  CHECK(config.id == "<agent-id>");
  CHECK(config.server == std::vector<std::string>{"127.0.0.1:13081"});
  CHECK(config.log.target == std::vector<std::string>{"stdout", "file"});
  CHECK(config.log.dir == "/var/log/x");
  CHECK(config.log.size.value == 10'000'000);
  CHECK(config.log.rotate == 7);
  CHECK(config.monitor.enabled);
  CHECK(config.monitor.interval == 30s);
  CHECK(config.limit.cpu_quota == 100);
  CHECK(config.limit.memory_limit.value == 512'000'000);
  REQUIRE(config.limit.disk_limit.size() == 1);
  CHECK(config.limit.disk_limit[0].dev == "8:0");
  CHECK(config.limit.disk_limit[0].read_bytes.value == 10'000'000);
  CHECK(config.limit.disk_limit[0].write_iops == 1000);
}

}  // namespace

TEST_CASE("An original's agent.conf loads with every value", "[base]") { check_original(read(kOriginal)); }

TEST_CASE("Keys may carry the prefix that originals write", "[base]") {
  check_original(read(prefixed(kOriginal, "basic.")));
  check_original(read(prefixed(kOriginal, "base.")));
}

TEST_CASE("A file that an original has rewritten loads", "[base]") {
  const Config config = read(
      "basic.id=agent-20260301-5d92b00472791b81\nbasic.server=127.0.0.1:13081\nbasic.log.target=stdout,file\n"
      "basic.log.dir=/opt/x/bin/logs\nbasic.log.size=9.5 MiB\nbasic.log.rotate=7\nbasic.monitor.enabled=true\n"
      "basic.monitor.interval=10s\nbasic.limit.cpu_quota=0\nbasic.limit.memory_limit=0 B\n"
      "basic.limit.disk_limit=null\n");
  CHECK(config.log.size.value == 9'961'472);
  CHECK(config.limit.memory_limit.value == 0);
  CHECK(config.limit.disk_limit.empty());
}

TEST_CASE("Repeated lists are joined and repeated values replaced", "[base]") {
  const Config config = read("server = a:1\nlog.target = stdout\nlog.target = file\nid = x\nbasic.id = y\n");
  CHECK(config.log.target == std::vector<std::string>{"stdout", "file"});
  CHECK(config.id == "y");
}

TEST_CASE("List items are trimmed and empty ones left out", "[base]") {
  CHECK(read("server = a:1 , b:2,,\n").server == std::vector<std::string>{"a:1", "b:2"});
}

TEST_CASE("All problems of a file are reported at once, in the order of its lines", "[base]") {
  Settings settings = Settings::parse(
      "log.size = 10Q\nthis is no row\nlog.rotate = 99999999999\nlog.target = stdout,fil\n"
      "monitor.enabled = maybe\nid.name = x\nlog = y\nlog.rotation = never\nlog.size = 10\n",
      "agent.conf");
  Config config;
  settings.read(config, kConfigPrefixes);
  CHECK(texts(settings.problems()) ==
        std::vector<std::string>{
            "agent.conf: line 2: invalid row format, expected key = value",
            "agent.conf: line 3: log.rotate: '99999999999' is out of range, accepted are 0 to 4294967295",
            "agent.conf: line 4: log.target: 'fil' is not one of stdout, file",
            "agent.conf: line 5: monitor.enabled: 'maybe' is neither true nor false",
            "agent.conf: line 6: id.name: 'id' is one value and has no parts",
            "agent.conf: line 7: log: is a group of keys, not a value",
            "agent.conf: line 8: log.rotation: 'never' is not one of size, date",
            "agent.conf: line 9: log.size: must be at least 1K",
            "agent.conf: server: must be set",
        });
  CHECK(config.log.rotate == 7);
  CHECK_THROWS_AS(settings.check(), Error);
}

TEST_CASE("An unknown key is a warning with the nearest known name", "[base]") {
  Settings settings = Settings::parse("server = a:1\nlog.rotat = 3\nbasic.monitor.intervall = 3s\nsomething = 1\n");
  Config config;
  settings.read(config, kConfigPrefixes);
  CHECK(settings.problems().empty());
  CHECK(texts(settings.warnings()) ==
        std::vector<std::string>{
            "(text): line 2: unknown key 'log.rotat'; did you mean 'log.rotate'?",
            "(text): line 3: unknown key 'basic.monitor.intervall'; did you mean 'basic.monitor.interval'?",
            "(text): line 4: unknown key 'something'",
        });
}
