#include "tests/server/store/fake_etcd.hpp"

#include <sys/socket.h>

#include <exception>
#include <span>
#include <utility>

#include "agent/base64.hpp"
#include "net/http.hpp"
#include "store/etcd_mark.hpp"

namespace test {

using agent::net::HttpParser;

FakeEtcd::FakeEtcd(Answer answer) : answer_(std::move(answer)), acceptor_([this] { accept_all(); }) {}

FakeEtcd::~FakeEtcd() {
  is_over_ = true;
  acceptor_.join();
  for (TcpSocket& socket : sockets_) ::shutdown(socket.descriptor(), SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
}

void FakeEtcd::set_answer(Answer answer) {
  std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void FakeEtcd::accept_all() {
  while (!is_over_) {
    if (!listener_.is_called_within(std::chrono::milliseconds(20))) continue;
    sockets_.push_back(listener_.accept());
    threads_.emplace_back([this, socket = &sockets_.back()] {
      try {
        serve(*socket);
      } catch (const std::exception&) {  // the peer has left
      }
      ::shutdown(socket->descriptor(), SHUT_RDWR);
    });
  }
}

void FakeEtcd::serve(TcpSocket& socket) {
  HttpParser parser(HttpParser::Kind::request, {});
  Request request;
  for (;;) {
    std::string bytes = socket.receive();
    if (bytes.empty()) return;
    std::span<char> rest(bytes);
    for (;;) {
      const auto event = parser.parse(rest);
      if (event == HttpParser::Event::need_more) break;
      if (event == HttpParser::Event::head) {
        request = {parser.head().target, {}, !parser.head().header("Expect").empty(), 0};
      } else if (event == HttpParser::Event::body) {
        request.body += parser.body();
      }
      const bool is_watch = request.path == "/v3/watch" && event == HttpParser::Event::body;
      const bool is_question = request.body.find("progress_request") != std::string::npos;
      if (is_watch && is_question) request.body.clear();
      if ((is_watch && !is_question && request.body.ends_with("}}")) ||
          (event == HttpParser::Event::end && request.path != "/v3/watch"))
        socket.send(answer_to(std::exchange(request, {request.path, {}, request.has_expect, 0})));
    }
  }
}

std::string FakeEtcd::answer_to(Request request) {
  std::lock_guard lock(mutex_);
  if (request.path == "/v3/watch") request.number = ++watches_;
  const std::optional<std::string> wanted = answer_ ? answer_(request) : std::nullopt;
  return wanted ? *wanted : usual_answer(request);
}

std::string FakeEtcd::usual_answer(const Request& request) const {
  if (request.path == "/v3/watch") return stream(created(5));
  if (request.path == "/v3/kv/txn")
    return json("{" + header(6) + R"(,"succeeded":true,"responses":[{"response_put":{}}]})");
  const std::string mark = agent::encode_base64("agent");
  if (request.body.find('"' + mark + '"') == std::string::npos) return json("{" + header(5) + "}");
  const std::string value =
      agent::encode_base64(encode(server::store::EtcdMark{server::store::kEtcdFormat, "fake"}));
  return json("{" + header(5) + R"(,"kvs":[{"key":")" + mark +
              R"(","mod_revision":"2","version":"1","value":")" + value + "\"}]}");
}

std::string FakeEtcd::json(const std::string& body, int status) {
  std::string out;
  const std::string length = std::to_string(body.size());
  agent::net::write_response_head(out, status,
                                  {{"Content-Type", "application/json"}, {"Content-Length", length}});
  return out + body;
}

std::string FakeEtcd::page() {
  const std::string text = "<html><body>Please log in</body></html>";
  const std::string length = std::to_string(text.size());
  std::string out;
  agent::net::write_response_head(out, 200, {{"Content-Type", "text/html"}, {"Content-Length", length}});
  return out + text;
}

std::string FakeEtcd::stream(const std::string& lines) {
  std::string out;
  agent::net::write_response_head(out, 200,
                                  {{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}});
  agent::net::write_chunk(out, lines);
  return out;
}

std::string FakeEtcd::header(int revision) {
  return R"("header":{"cluster_id":"7","raft_term":"2","revision":")" + std::to_string(revision) + "\"}";
}

std::string FakeEtcd::created(int revision) {
  return R"({"result":{)" + header(revision) + R"(,"created":true}})" + "\n";
}

std::string FakeEtcd::progress(int revision) { return R"({"result":{)" + header(revision) + "}}\n"; }

std::string FakeEtcd::put(const std::string& key, int revision) {
  const std::string at = std::to_string(revision);
  return R"({"result":{)" + header(revision) + R"(,"events":[{"kv":{"key":")" +
         agent::encode_base64("agent/" + key) + R"(","create_revision":")" + at + R"(","mod_revision":")" +
         at + R"(","version":"1","value":"eA=="}}]}})" + "\n";
}

}  // namespace test
