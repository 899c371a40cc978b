// The parsers nginx, syslog and grok.
#include <agent/error.hpp>
#include <catch2/catch.hpp>

#include "examples/logkit-agent/parse/nginx_parser.hpp"
#include "parse_scene.hpp"
#include "tests/support/temp_dir.hpp"

using Catch::Matchers::Contains;
using test::ParseScene;

namespace {

constexpr const char* kConf = R"(http {
  # log_format main '$nothing';
  log_format short '$status';
  log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" '
                    '"$http_user_agent" $request_time';
  access_log /var/log/nginx/access.log main;
})";
constexpr const char* kAccess =
    R"~(10.0.0.7 - - [02/Jan/2006:15:04:05 -0700] "GET /a?b=c HTTP/1.1" 200 - "-" "Mozilla/5.0 (X11)" 0.012)~";

}  // namespace

TEST_CASE("nginx reads lines by the format of its configuration", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.write("nginx.conf", kConf);
  ParseScene nginx(
      R"("type": "nginx", "nginx_log_format_path": ")" + path +
      R"(", "nginx_schema": "time_local date, status long, body_bytes_sent:long, request_time float")");
  CHECK(nginx.one(kAccess) ==
        R"({"remote_addr":"10.0.0.7","remote_user":"-","time_local":"2006-01-02T15:04:05-07:00",)"
        R"("request":"GET /a?b=c HTTP/1.1","status":200,"body_bytes_sent":0,"http_referer":"-",)"
        R"~("http_user_agent":"Mozilla/5.0 (X11)","request_time":0.012})~");
  CHECK(nginx.one("no access log") == "failed: has another form than the log format");
  ParseScene other(R"("type": "nginx", "nginx_log_format_path": ")" + path +
                   R"(", "nginx_log_format_name": "short")");
  CHECK(other.one("404") == R"({"status":"404"})");
  ParseScene expression(
      R"~("type": "nginx", "nginx_log_format_regex": "^(?P<ip>\\S+) (?P<n>\\S+)$", "nginx_schema": "n long")~");
  CHECK(expression.one("::1 -") == R"({"ip":"::1","n":0})");
}

TEST_CASE("nginx without a format that can be found is refused", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.write("nginx.conf", kConf);
  for (const std::string& options :
       {std::string(), R"(, "nginx_log_format_path": "/none")" + std::string(),
        R"(, "nginx_log_format_path": ")" + path + R"(", "nginx_log_format_name": "no")",
        std::string(R"(, "nginx_log_format_regex": "(")"),
        std::string(R"(, "nginx_log_format_regex": "a", "nginx_schema": "x what")")})
    CHECK_THROWS_AS(ParseScene(R"("type": "nginx")" + options), agent::Error);
}

TEST_CASE("syslog messages of both formats are told apart", "[examples]") {
  ParseScene syslog(R"("type": "syslog", "facility_detail": "true", "severity_detail": "true")");
  CHECK(
      syslog.one(
          R"(<165>1 2003-10-11T22:14:15.003Z host.example evntslog 12 ID47 [ex@1 a="]"][b] hello there)") ==
      R"({"priority":165,"facility":"local4","severity":"notice","version":1,"timestamp":"2003-10-11T22:14:15.003Z",)"
      R"("hostname":"host.example","app_name":"evntslog","proc_id":"12","msg_id":"ID47",)"
      R"("structured_data":"[ex@1 a=\"]\"][b]","message":"hello there"})");
  CHECK(syslog.one("<34>1 - - - - - -") ==
        R"({"priority":34,"facility":"auth","severity":"critical","version":1,"message":""})");
  CHECK_THAT(syslog.one("<34>Oct 11 22:14:15 mymachine su[230]: 'su root' failed"),
             Contains(R"("hostname":"mymachine","tag":"su","proc_id":"230","content":"'su root' failed"})"));
  CHECK_THAT(syslog.one("48 <34>Oct 11 22:14:15 mymachine su: failed"), Contains(R"("priority":34)"));
  ParseScene numbers(R"("type": "syslog")");
  CHECK_THAT(numbers.one("Oct 11 22:14:15 mymachine kernel: up"),
             Contains(R"("hostname":"mymachine","tag":"kernel","content":"up"})"));
  CHECK_THAT(
      numbers.one("2003-10-11T22:14:15.003+01:00 host prog[1]: text"),
      Contains(
          R"({"timestamp":"2003-10-11T22:14:15.003+01:00","hostname":"host","tag":"prog","proc_id":"1")"));
  for (const char* line :
       {"no header", "<999>Oct 11 22:14:15 a b", "<34>1 yesterday - - - - -", "<34>1 - - -", "<", ""})
    CHECK_THAT(numbers.one(line), Contains("failed"));
}

TEST_CASE("grok makes typed fields of a common log line", "[examples]") {
  ParseScene grok(R"("type": "grok", "grok_patterns": "%{COMMON_LOG_FORMAT}")");
  CHECK(
      grok.one(
          R"(127.0.0.1 user-identifier frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326)") ==
      R"({"client_ip":"127.0.0.1","ident":"user-identifier","auth":"frank","ts":"2000-10-10T13:55:36-07:00",)"
      R"("verb":"GET","request":"/apache_pb.gif","http_version":1.0,"resp_code":"200","resp_bytes":2326})");
  CHECK_THAT(grok.one(R"(::1 - - [10/Oct/2000:13:55:36 -0700] "\x16" 400 -)"),
             Contains(R"("resp_code":"400"})"));
  CHECK(grok.one("nothing") == "failed: has the form of no pattern");
  ParseScene combined(R"("type": "grok", "grok_patterns": "%{COMBINED_LOG_FORMAT}")");
  CHECK_THAT(combined.one(
                 R"~(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "Mozilla (X11)")~"),
             Contains(R"~("referrer":"-","agent":"Mozilla (X11)")~"));
}

TEST_CASE("grok takes patterns of its own in order and leaves out what does not fit", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.write("patterns", "# mine\nPAIR %{WORD:key}=%{NUMBER:value:float}\n");
  ParseScene grok(R"("type": "grok", "grok_custom_pattern_files": ")" + path +
                  R"(", "grok_custom_patterns": "CODE [A-Z]{2,3}\nHEAD <%{CODE:code}>",
                     "grok_patterns": "^%{HEAD} %{PAIR}$,^%{IP:ip} (?<rest>.*) %{INT:n:long}$,^x%{DATA:gone:drop}x%{WORD:bad:long}$"
                     )");
  CHECK(grok.one("<ABC> took=1.5") == R"({"code":"ABC","key":"took","value":1.5})");
  CHECK(grok.one("fe80::1 'quoted ' 7") == R"({"ip":"fe80::1","rest":"quoted ","n":7})");
  CHECK(grok.one("xyxz") == "{}");
  ParseScene multi(R"("type": "grok", "grok_mode": "multi", "grok_patterns": "^a %{GREEDYDATA:all}$")");
  CHECK(multi.one("a b\nc") == R"({"all":"b c"})");
}

TEST_CASE("grok patterns that cannot be are refused when the runner is made", "[examples]") {
  const auto make = [](const std::string& options) { ParseScene(R"("type": "grok", )" + options); };
  CHECK_THROWS_WITH(make(R"("grok_patterns": "%{NONE:x}")"), Contains("%{NONE}: there is no such pattern"));
  CHECK_THROWS_WITH(make(R"~("grok_patterns": "a(?<!b)")~"), Contains("invalid"));
  CHECK_THROWS_WITH(make(R"("grok_patterns": "%{A}", "grok_custom_patterns": "A %{B}\nB %{A}")"),
                    Contains("themselves"));
  CHECK_THROWS_WITH(
      make(R"("grok_patterns": "%{A}", "grok_custom_patterns": "A )" + std::string(500'000, 'x') + "\""),
      Contains("256 KiB"));
  CHECK_THROWS_WITH(make(R"("grok_patterns": "%{WORD:x:what}")"), Contains("the type is none of"));
  CHECK_THROWS_AS(make(R"("grok_mode": "multi")"), agent::Error);
}

TEST_CASE("Every built-in grok pattern compiles and finds its example", "[examples]") {
  const std::vector<std::pair<const char*, const char*>> examples{
      {"IPV4", "192.168.0.1"},
      {"IPV6", "2001:db8::8:800:200c:417a"},
      {"IPV6", "::ffff:1.2.3.4"},
      {"IPV6", "::1"},
      {"MAC", "00:1b:44:11:3a:b7"},
      {"UUID", "123e4567-e89b-12d3-a456-426614174000"},
      {"NUMBER", "-1.5e3"},
      {"HOSTPORT", "a.example.com:80"},
      {"UNIXPATH", "/var/log/a.log"},
      {"WINPATH", "C:\\a\\b"},
      {"URI", "https://user:pw@example.com:8080/a/b?x=1"},
      {"TIMESTAMP_ISO8601", "2026-03-01T00:30:00,25+08:00"},
      {"DATE", "12/31/2026"},
      {"DATESTAMP_RFC2822", "Mon, 02 Jan 2006 15:04:05 +0100"},
      {"LOGLEVEL", "Warning"},
      {"SYSLOGTIMESTAMP", "Jan  2 15:04:05"},
      {"EMAILADDRESS", "a.b@example.com"},
      {"QS", R"('it\'s')"},
      {"JAVASTACKTRACEPART", "  at a.b.C.<init>(C.java:12)"},
      {"SYSLOGLINE", "Jan  2 15:04:05 host su[1]: text"},
      {"NGINX_ERROR_LOG", "2026/01/02 03:04:05 [error] 12#34: *5 open() failed"},
      {"BOOL", "TRUE"},
      {"COMBINEDAPACHELOG", R"(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "x")"}};
  for (const auto& [name, example] : examples) {
    ParseScene grok(std::string(R"("type": "grok", "grok_patterns": "^%{)") + name + R"(:all}$")");
    INFO(name << ": " << example);
    CHECK_THAT(grok.one(example), Contains("\"all\":"));
  }
}
