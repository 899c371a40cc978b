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
  Settings settings =
      Settings::parse("server = a:1\nlog.rotat = 3\nbasic.monitor.intervall = 3s\nsomething = 1\n");
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

namespace {

enum class Color { red, green };

void parse_setting(std::string_view text, Color& out) {
  if (text != "red" && text != "green")
    throw Error(Errc::bad_config, "'" + std::string(text) + "' is no color");
  out = text == "red" ? Color::red : Color::green;
}

struct Everything {
  bool flag = false;
  std::int8_t small = 1;
  std::uint16_t port = 80;
  double ratio = 0.5;
  std::optional<Bytes> size;
  std::optional<std::string> name;
  std::vector<int> numbers{1, 2};
  std::map<std::string, std::string> labels;
  Color color = Color::red;
  std::chrono::nanoseconds wait = 1s;
  std::string secret;

  static void fields(auto& field) {
    field("flag", &Everything::flag, "");
    field("small", &Everything::small, "");
    field("port", &Everything::port, "", FieldRules{.min = "1", .max = "1000"});
    field("ratio", &Everything::ratio, "", FieldRules{.min = "0", .max = "1"});
    field("size", &Everything::size, "", FieldRules{.max = "1K"});
    field("name", &Everything::name, "");
    field("numbers", &Everything::numbers, "", FieldRules{.min = "-1"});
    field("labels", &Everything::labels, "");
    field("color", &Everything::color, "");
    field("wait", &Everything::wait, "", FieldRules{.min = "100ms", .max = "1m"});
    field("secret", &Everything::secret, "", FieldRules{.secret = true, .one_of = "good,better"});
  }
};

// Sets a variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

std::string problem_of(const std::string& text) {
  Settings settings = Settings::parse(text, "x");
  Everything out;
  settings.read(out);
  REQUIRE(settings.problems().size() == 1);
  return to_string(settings.problems()[0]);
}

}  // namespace

TEST_CASE("Every type of field is read from its text", "[base]") {
  Settings settings = Settings::parse(
      "flag = T\nsmall = -128\nport = +443\nratio = 0.25\nsize = 500\nname = a b\nnumbers = 3, -1 ,4\n"
      "labels = {\"a\":\"1\"}\ncolor = green\nwait = 1m\nsecret = good\n");
  Everything out;
  settings.read(out);
  settings.check();
  CHECK(out.flag);
  CHECK(out.small == -128);
  CHECK(out.port == 443);
  CHECK(out.ratio == 0.25);
  CHECK(out.size == Bytes{500});
  CHECK(out.name == "a b");
  CHECK(out.numbers == std::vector<int>{3, -1, 4});
  CHECK(out.labels == std::map<std::string, std::string>{{"a", "1"}});
  CHECK(out.color == Color::green);
  CHECK(out.wait == 1min);
}

TEST_CASE("What is not set keeps its default", "[base]") {
  Settings settings = Settings::parse("");
  Everything out;
  settings.read(out);
  settings.check();
  CHECK(out.port == 80);
  CHECK_FALSE(out.size.has_value());
  CHECK(out.numbers == std::vector<int>{1, 2});
}

TEST_CASE("Bounds are compared in the field's own type", "[base]") {
  CHECK(problem_of("port = 0") == "x: line 1: port: must be at least 1");
  CHECK(problem_of("port = 70000") == "x: line 1: port: '70000' is out of range, accepted are 0 to 65535");
  CHECK(problem_of("port = -1") == "x: line 1: port: '-1' is out of range, accepted are 0 to 65535");
  CHECK(problem_of("small = 128") == "x: line 1: small: '128' is out of range, accepted are -128 to 127");
  CHECK(problem_of("ratio = 1.5") == "x: line 1: ratio: must be at most 1");
  CHECK(problem_of("ratio = nan") == "x: line 1: ratio: 'nan' is not a number");
  CHECK(problem_of("size = 1Ki") == "x: line 1: size: must be at most 1K");
  CHECK(problem_of("wait = 99ms") == "x: line 1: wait: must be at least 100ms");
  CHECK(problem_of("wait = 61s") == "x: line 1: wait: must be at most 1m");
  CHECK(problem_of("numbers = 1,-2") == "x: line 1: numbers: must be at least -1");
}

TEST_CASE("Texts that are no value of their type are problems", "[base]") {
  CHECK(problem_of("flag =") == "x: line 1: flag: '' is neither true nor false");
  CHECK(problem_of("small = 1x") == "x: line 1: small: '1x' is not a whole number");
  CHECK(problem_of("small = 1.0") == "x: line 1: small: '1.0' is not a whole number");
  CHECK(problem_of("small = +-1") == "x: line 1: small: '+-1' is not a whole number");
  CHECK(problem_of("numbers = 1,x") == "x: line 1: numbers: 'x' is not a whole number");
  CHECK(problem_of("color = blue") == "x: line 1: color: 'blue' is no color");
  CHECK(problem_of("labels = {").starts_with("x: line 1: labels: "));
}

TEST_CASE("A problem never quotes a secret", "[base]") {
  CHECK(problem_of("secret = hunter2") == "x: line 1: secret: is not valid");
}

TEST_CASE("A wrong value leaves the default", "[base]") {
  Settings settings = Settings::parse("port = 5000\nnumbers = 7,x\n");
  Everything out;
  settings.read(out);
  CHECK(out.port == 80);
  CHECK(out.numbers == std::vector<int>{1, 2});
}

TEST_CASE("The environment wins over the file", "[base]") {
  const Variable size("LIBAGENT_LOG_SIZE", "2M");
  const Variable target("LIBAGENT_LOG_TARGET", "file");
  const Variable server("LIBAGENT_SERVER", " b:2 ");
  const Variable empty("LIBAGENT_ID", "");
  const Config config = read("basic.id = x\nbasic.log.size = 1M\nlog.target = stdout\n");
  CHECK(config.log.size.value == 2'000'000);
  CHECK(config.log.target == std::vector<std::string>{"file"});
  CHECK(config.server == std::vector<std::string>{"b:2"});
  CHECK(config.id == "x");  // an empty variable is not set
}

TEST_CASE("Problems in the environment name the variable, and typos are warned about", "[base]") {
  const Variable size("LIBAGENT_LOG_SIZE", "big");
  const Variable typo("LIBAGENT_LOG_ROTAET", "3");
  Settings settings = Settings::parse("server = a:1\n", "x");
  Config config;
  settings.read(config, kConfigPrefixes);
  CHECK(texts(settings.problems()) ==
        std::vector<std::string>{"x: LIBAGENT_LOG_SIZE: 'big' is not a size such as 10M"});
  CHECK(texts(settings.warnings()) ==
        std::vector<std::string>{"unknown environment variable 'LIBAGENT_LOG_ROTAET'; "
                                 "did you mean 'LIBAGENT_LOG_ROTATE'?"});
}

TEST_CASE("A required value that is empty is a problem on its line", "[base]") {
  Settings settings = Settings::parse("id = x\nserver = \n", "x");
  Config config;
  settings.read(config);
  CHECK(texts(settings.problems()) == std::vector<std::string>{"x: line 2: server: must be set"});
}

TEST_CASE("A program's own struct is read from the same file", "[base]") {
  Settings settings = Settings::parse("basic.server = a:1\nport = 8\n", "x");
  Config config;
  Everything own;
  settings.read(config, kConfigPrefixes);
  settings.read(own);
  settings.check();
  CHECK(settings.warnings().empty());
  CHECK(own.port == 8);
}

TEST_CASE("Keys that are not served are warned about with the reason", "[base]") {
  Settings settings = Settings::parse(
      "server = a:1\ngrpc_listen = 1\nmetrics.kafka.addr = x\nmetrics.kafka.topic = y\n", "x");
  Config config;
  settings.read(config);
  settings.ignore("grpc_listen", "there is no gRPC");
  settings.ignore("metrics.kafka.", "Kafka is not served");
  settings.ignore("absent", "never mind");
  CHECK(texts(settings.warnings()) == std::vector<std::string>{
                                          "x: line 2: grpc_listen: there is no gRPC",
                                          "x: line 3: metrics.kafka.addr: Kafka is not served",
                                          "x: line 4: metrics.kafka.topic: Kafka is not served",
                                      });
}

TEST_CASE("A problem that the program finds gets the line of its key", "[base]") {
  Settings settings = Settings::parse("basic.server = a:1\n\nbasic.tls.cert = x\n", "x");
  Config config;
  settings.read(config, kConfigPrefixes);
  settings.problem("tls.cert", "needs tls.key too");
  settings.problem("tls.ca", "cannot be read");
  CHECK(texts(settings.problems()) == std::vector<std::string>{
                                          "x: line 3: basic.tls.cert: needs tls.key too",
                                          "x: tls.ca: cannot be read",
                                      });
}

TEST_CASE("check throws every problem, one a line", "[base]") {
  Settings settings = Settings::parse("nonsense\nport = x\n", "x");
  Everything out;
  settings.read(out);
  CHECK_THROWS_WITH(
      settings.check(),
      "x: line 1: invalid row format, expected key = value\nx: line 2: port: 'x' is not a whole number");
  try {
    settings.check();
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_config);
  }
}

TEST_CASE("A file that cannot be read is a wrong configuration, with the system's reason", "[base]") {
  try {
    Settings::load("/nonexistent/agent.conf");
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_config);
    CHECK_THAT(error.what(), Catch::Contains("/nonexistent/agent.conf: No such file or directory"));
  }
}
