#include "examples/logkit-agent/send/http_sender.hpp"

#include <agent/base64.hpp>
#include <agent/data_codec.hpp>
#include <agent/error.hpp>
#include <agent/json_value.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "examples/logkit-agent/send/http_answer.hpp"
#include "examples/logkit-agent/send/post_body.hpp"
#include "examples/logkit-agent/send/write_rights.hpp"
#include "log_receiver.hpp"
#include "made_batch.hpp"

using namespace logkit;
using namespace std::chrono_literals;
using test::http_reply;
using test::LogReceiver;
using Kind = SendResult::Kind;

namespace {

std::unique_ptr<RecordSender> make(const std::string& url, const std::string& more = "") {
  const auto document = agent::json::Document::parse(R"({"sender_type": "http", "http_sender_url": ")" + url +
                                                     "\"" + more + "}");
  return make_sender(PartOptions(document.root(), "senders[0]"),
                     WriteRights{{}, std::make_shared<OwnFiles>()});
}

SendResult send(RecordSender& sender, const Batch& batch) {
  const std::vector<std::uint32_t> records = test::all_records(batch);
  return sender.send({batch, records});
}

std::string body(const HttpForm& form, const Batch& batch) {
  const std::vector<std::uint32_t> records = test::all_records(batch);
  return post_body(form, {batch, records});
}

std::string always_ok(const LogReceiver::Request&) { return http_reply(200); }

}  // namespace

TEST_CASE("The bodies of the http sender have the form of their protocol", "[examples]") {
  const auto batch = test::make_batch({{{"raw", "one"}, {"a", "1,2"}}, {{"b", "say \"x\""}}});
  HttpForm form;
  CHECK(body(form, *batch) == "{\"raw\":\"one\",\"a\":\"1,2\"}\n{\"b\":\"say \\\"x\\\"\"}\n");
  form.protocol = HttpProtocol::body_json;
  CHECK(body(form, *batch) == "[{\"raw\":\"one\",\"a\":\"1,2\"},{\"b\":\"say \\\"x\\\"\"}]");
  form.protocol = HttpProtocol::csv;
  CHECK(body(form, *batch) == "raw,a,b\none,\"1,2\",\n,,\"say \"\"x\"\"\"\n");
  form.has_csv_head = false;
  form.csv_separator = "\t";
  CHECK(body(form, *batch) == "one\t1,2\t\n\t\t\"say \"\"x\"\"\"\n");
  form.protocol = HttpProtocol::raw;
  CHECK(body(form, *batch) == "one\n{\"b\":\"say \\\"x\\\"\"}\n");
  form.protocol = HttpProtocol::templated;
  form.text = "<{{a}}|{{none}}> {{open";
  CHECK(body(form, *batch) == "<1,2|> {{open\n<|> {{open\n");
}

TEST_CASE("The http sender posts zstd when it is told to", "[examples]") {
  LogReceiver receiver(always_ok);
  const auto sender = make(receiver.url(), R"(, "http_sender_compression": "zstd")");
  CHECK(send(*sender, *test::make_batch({{{"raw", std::string(10'000, 'r')}}})).kind == Kind::taken);
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].head.find("Content-Encoding: zstd\r\n") != std::string::npos);
  CHECK(requests[0].body.size() < 1000);
  CHECK(agent::decode_data("$2$" + agent::encode_base64(requests[0].body), 20'000) ==
        "{\"raw\":\"" + std::string(10'000, 'r') + "\"}\n");
  CHECK_THROWS_AS(make(receiver.url(), R"(, "http_sender_compression": "zstd", "http_sender_gzip": true)"),
                  agent::Error);
}

TEST_CASE("The http sender posts with the headers of its options", "[examples]") {
  LogReceiver receiver(always_ok);
  const auto sender = make(receiver.url(), R"(, "http_sender_gzip": "true", "http_sender_protocol": "raw",
                                              "http_sender_headers": {"Authorization": "Bearer x"})");
  const auto batch = test::make_batch({{{"raw", std::string(10'000, 'r')}}});
  CHECK(send(*sender, *batch).kind == Kind::taken);
  CHECK(send(*sender, *batch).kind == Kind::taken);
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].head.starts_with("POST /logs HTTP/1.1\r\n"));
  for (const char* line :
       {"Content-Type: text/plain\r\n", "Content-Encoding: gzip\r\n", "Authorization: Bearer x\r\n"})
    CHECK(requests[0].head.find(line) != std::string::npos);
  CHECK(requests[0].head.find("Expect") == std::string::npos);
  CHECK(requests[0].body.size() < 1000);
  CHECK(agent::decode_data("$1$" + agent::encode_base64(requests[0].body), 20'000) ==
        std::string(10'000, 'r') + "\n");
}

TEST_CASE("Answers of a receiver are told apart", "[examples]") {
  for (const int status : {200, 201, 204}) CHECK(judge({status, "", {}}).kind == Kind::taken);
  for (const int status : {0, 302, 401, 403, 404, 408, 429, 500, 502, 503})
    CHECK(judge({status, "", {}}).kind == Kind::again);
  for (const int status : {400, 409, 415, 422}) CHECK(judge({status, "", {}}).kind == Kind::refused);
  CHECK(judge({413, "", {}}).kind == Kind::too_large);
  CHECK(judge({503, "busy", 7s}).wait == 7s);
  CHECK(judge({503, "busy", 7s}).reason == "HTTP 503: busy");
  CHECK(judge({503, "busy", 100h}).wait == 1h);
}

TEST_CASE("A receiver's answer and its Retry-After reach the sender", "[examples]") {
  std::string reply;
  LogReceiver receiver([&](const auto&) { return reply; });
  const auto sender = make(receiver.url(), R"(, "http_sender_timeout": "5s")");
  const auto batch = test::numbered_batch(1);
  reply = http_reply(429, "slow\r\ndown\n", "Retry-After: 12\r\n");
  SendResult result = send(*sender, *batch);
  CHECK(result.kind == Kind::again);
  CHECK(result.wait == 12s);
  CHECK(result.reason == "HTTP 429: slow  down");
  reply = http_reply(200, "{\"error\": \"all is lost\"}");
  CHECK(send(*sender, *batch).kind == Kind::taken);
  reply = http_reply(302, "", "Location: http://127.0.0.1:1/\r\n");
  CHECK(send(*sender, *batch).kind == Kind::again);
  reply = http_reply(400, std::string(100'000, 'x'));
  result = send(*sender, *batch);
  CHECK(result.kind == Kind::refused);
  CHECK(result.reason.size() < 2000);
}

TEST_CASE("A receiver that closes or is away is tried again", "[examples]") {
  std::string reply;
  LogReceiver receiver([&](const auto&) { return reply; });
  const auto sender = make(receiver.url());
  const auto batch = test::numbered_batch(1);
  CHECK(send(*sender, *batch).kind == Kind::again);
  reply = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";
  CHECK(send(*sender, *batch).kind == Kind::again);
  std::uint16_t port = 0;
  {
    const test::TcpListener gone;
    port = gone.port();
  }
  const auto other = make("http://me:secret@127.0.0.1:" + std::to_string(port) + "/logs?token=secret");
  const SendResult result = send(*other, *batch);
  CHECK(result.kind == Kind::again);
  CHECK(result.reason.find("connect") != std::string::npos);
  CHECK(result.reason.find("secret") == std::string::npos);
  CHECK(result.reason.starts_with("http://127.0.0.1:" + std::to_string(port) + "/logs: "));
}

TEST_CASE("A receiver that never answers is given up after the time-out or at a stop", "[examples]") {
  test::TcpListener listener;
  const std::string url = "http://127.0.0.1:" + std::to_string(listener.port());
  const auto batch = test::numbered_batch(1);
  const auto quick = make(url, R"(, "http_sender_timeout": "100ms")");
  CHECK(send(*quick, *batch).kind == Kind::again);
  // Nor does it help that some of it is taken: this is more than what waits on the way.
  const auto large = test::make_batch({{{"raw", std::string(20'000'000, 'r')}}});
  CHECK(send(*quick, *large).kind == Kind::again);
  const auto slow = make(url, R"(, "http_sender_timeout": "10m")");
  for (int i = 0; i < 2; ++i) listener.accept();
  SendResult result;
  std::thread thread([&] { result = send(*slow, *batch); });
  listener.accept();
  slow->interrupt();
  thread.join();
  CHECK(result.kind == Kind::again);
}

TEST_CASE("Options of the http sender that cannot work are refused", "[examples]") {
  for (const char* more :
       {R"(, "http_sender_protocol": "xml")", R"(, "http_sender_headers": "x")",
        R"(, "http_sender_headers": {"a b": "c"})", R"(, "http_sender_headers": {"a": "b\r\nc: d"})",
        R"(, "http_sender_ca": "/none")"})
    CHECK_THROWS_AS(make("http://a", more), agent::Error);
  CHECK_THROWS_AS(make("file:///etc/passwd"), agent::Error);
}
