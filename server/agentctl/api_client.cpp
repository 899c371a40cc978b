#include "agentctl/api_client.hpp"

#include <fmt/format.h>

#include <utility>

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Value;
using agent::net::HttpHead;
using agent::net::HttpRequest;
using agent::net::HttpRequester;

namespace {

constexpr std::size_t kAnswerBytes = std::size_t{256} << 20;
constexpr std::size_t kRefusalText = 300;  // bytes of a refusal that is no JSON

constexpr const char* kStranger = "the answer is not one of agent-server; is this its URL?";

bool is_json(const HttpHead& head) { return head.header("Content-Type").starts_with("application/json"); }

std::string cut(std::string text, std::size_t most) {
  if (text.size() > most) text.replace(most, std::string::npos, "…");
  return text;
}

[[noreturn]] void refuse(const HttpHead& head, std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  const bool is_page = head.header("Content-Type").starts_with("text/html");
  if (text.empty() || is_page) text = head.reason;
  ApiError error(head.status, cut(std::move(text), kRefusalText), !head.header("Retry-After").empty());
  error.is_page = is_page;
  throw error;
}

int code_of(Value envelope) {
  const Value code = envelope.find("code");
  return code.is_number() ? static_cast<int>(code.as_int(-1000000, 1000000)) : 0;
}

Answer answer_of(const HttpHead& head, std::string text) {
  if (!is_json(head) && head.status != 200) refuse(head, std::move(text));
  if (!is_json(head)) throw ApiError(head.status, kStranger);
  Answer answer{agent::json::Document::parse(std::move(text))};
  const Value root = answer.document.root();
  const int code = code_of(root);
  if (code == 200) return answer;
  if (code == 0) throw ApiError(head.status, kStranger);
  const Value message = root.find("msg");
  throw ApiError(
      code, message.is_string() ? cut(std::string(message.as_string()), kErrorText) : "no reason was given",
      !head.header("Retry-After").empty());
}

}  // namespace

struct ApiClient::Idle {
  std::vector<std::unique_ptr<HttpRequester>> requesters;
};

ApiClient::ApiClient(agent::net::Loop& loop, Connection connection)
    : connection_(std::move(connection)), loop_(loop), idle_(std::make_shared<Idle>()) {}

ApiClient::Lease ApiClient::lease() {
  std::unique_ptr<HttpRequester> requester;
  if (idle_->requesters.empty()) {
    requester = std::make_unique<HttpRequester>(loop_, connection_.dial);
  } else {
    requester = std::move(idle_->requesters.back());
    idle_->requesters.pop_back();
  }
  // The pool may end first, when the program does.
  return Lease(requester.release(), [idle = std::weak_ptr(idle_)](HttpRequester* back) {
    std::unique_ptr<HttpRequester> owned(back);
    if (const auto pool = idle.lock(); pool && owned->can_go_on())
      pool->requesters.push_back(std::move(owned));
  });
}

Task<Answer> ApiClient::call(std::string method, std::string path, std::string body,
                             std::chrono::milliseconds limit) {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(path);
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  return call(std::move(request), limit);
}

Task<Answer> ApiClient::call(HttpRequest request, std::chrono::milliseconds limit) {
  request.target.insert(0, connection_.url.prefix);
  const Lease requester = lease();
  requester->set_answer_limit(limit);
  const HttpHead head = co_await requester->send(std::move(request));
  std::string text = co_await requester->read_all(kAnswerBytes);
  Answer answer = answer_of(head, std::move(text));
  co_return answer;
}

Task<HttpHead> ApiClient::open(Lease requester, HttpRequest request) {
  request.target.insert(0, connection_.url.prefix);
  HttpHead head = co_await requester->send(std::move(request));
  const bool is_success = head.status == 200 || head.status == 206;
  if (is_success && !is_json(head)) co_return head;
  std::string text = co_await requester->read_all(kAnswerBytes);
  answer_of(head, std::move(text));
  co_return head;
}

std::string url_part(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '.' || c == '_' || c == '~';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace agentctl
