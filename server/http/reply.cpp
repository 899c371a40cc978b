#include "http/reply.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <atomic>
#include <random>
#include <utility>

#include "order_error.hpp"

namespace server {
namespace {

int status_of(const OrderError& error) {
  if (error.code() == agent::Errc::too_large) return 413;
  return error.code() == agent::Errc::wrong_type ? 424 : 400;
}

}  // namespace

Reply text_reply(int status, std::string_view text) {
  Reply reply;
  reply.status = reply.code = status;
  reply.body = text;
  return reply;
}

Reply json_reply(int status, std::string json) {
  Reply reply;
  reply.status = reply.code = status;
  reply.content_type = "application/json; charset=utf-8";
  reply.body = std::move(json);
  return reply;
}

Reply endless_reply(std::string_view content_type, std::function<agent::Task<>(BodyWriter*)> stream) {
  Reply reply;
  reply.content_type = content_type;
  reply.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  reply.stream = std::move(stream);
  return reply;
}

Failure failure_of(const agent::Error& error) {
  if (auto* request_error = dynamic_cast<const RequestError*>(&error)) {
    return {request_error->status, request_error->status};
  }
  if (auto* order_error = dynamic_cast<const OrderError*>(&error)) {
    return {status_of(*order_error), status_of(*order_error)};
  }
  using agent::Errc;
  switch (error.code()) {
    case Errc::denied: return {401, 401};
    case Errc::not_found: return {404, 404};
    case Errc::wrong_type: return {424, 424};
    case Errc::disconnected: return {500, 410};  // the originals' clients know 500 in envelopes, 410 raw
    case Errc::bad_config:
    case Errc::bad_message:  // the agent's; the client's own is a RequestError or an OrderError
    case Errc::too_large:
    case Errc::io: return {500, 500};
    case Errc::refused:
    case Errc::busy:
    case Errc::cancelled: return {503, 503};
    case Errc::too_many: return {429, 429};
    case Errc::timeout: return {504, 504};
  }
  return {500, 500};
}

std::string failure_text(const agent::Error& error, bool enveloped) {
  using agent::Errc;
  if (error.code() == Errc::timeout) return "timeout";
  if (error.code() == Errc::not_found) {
    const std::string what(error.text());
    return enveloped ? "not found: " + what : what + " not found";
  }
  if (error.code() == Errc::disconnected && !enveloped) return "agent is gone";
  return std::string(error.text());
}

std::chrono::milliseconds elapsed_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

Reply envelope(Payload payload, std::chrono::milliseconds extime) {
  constexpr std::size_t kAround = 64;
  std::string body;
  body.reserve((payload.json ? payload.json->size() : 0) + kAround);
  body.append("{\"code\":200");
  if (payload.json) body.append(",\"payload\":").append(*payload.json);
  body.append(",\"extime\":").append(std::to_string(extime.count())).append("}");
  return json_reply(200, std::move(body));
}

Reply error_envelope(int code, std::string_view message, std::string_view request_id,
                     std::chrono::milliseconds extime) {
  agent::json::Writer out;
  out.begin_object();
  out.key("code").integer(code);
  if (!message.empty()) out.key("msg").string(message);
  out.key("reqid").string(request_id);
  out.key("extime").integer(extime.count());
  out.end_object();
  Reply reply = json_reply(200, out.take());
  reply.code = code;
  return reply;
}

Reply raw_failure(const agent::Error& error) {
  Reply reply = text_reply(failure_of(error).http, failure_text(error, false));
  ask_to_retry(reply);
  return reply;
}

void ask_to_retry(Reply& reply) {
  if (reply.code != 429) return;
  reply.status = reply.code;
  reply.headers.emplace_back("Retry-After", std::to_string(kRetryAfter.count()));
}

Reply other_method(std::string_view method, std::string allow) {
  const bool is_question = method == "OPTIONS";
  Reply reply = is_question ? text_reply(204, "") : text_reply(405, "405 method not allowed");
  reply.content_type = is_question ? "" : "text/plain";
  reply.headers = {{"Allow", std::move(allow)}};
  return reply;
}

std::string http_date(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string_view http_date_now() {
  thread_local std::time_t second = -1;
  thread_local std::string text;
  const auto now = std::chrono::system_clock::now();
  const std::time_t this_second = std::chrono::system_clock::to_time_t(now);
  if (std::exchange(second, this_second) != this_second) text = http_date(now);
  return text;
}

std::string make_request_id() {
  static std::atomic<std::uint32_t> counter{0};
  thread_local std::mt19937 random{std::random_device{}()};
  std::uint32_t number = counter.fetch_add(1, std::memory_order_relaxed) % 100'000'000;
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y%m%d}-{:08}-{:08x}", fmt::gmtime(now), number, random());
}

}  // namespace server
