// GET /api/file/{id}/download (reference HTTP API, A.2; wire protocol, 7.3), with ranges and conditions
// (RFC 9110, 13 and 14) for files of our own agents.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api/api.hpp"
#include "api/file_agent.hpp"
#include "files/download.hpp"
#include "http/body_writer.hpp"
#include "http/conditions.hpp"
#include "http/range.hpp"
#include "http/sniff.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using std::chrono::system_clock;

bool is_get(const Request& request) { return request.head.method == "GET"; }

// HEAD needs the first bytes of a file, for its type.
DownloadOrder order_for(const Request& request) {
  DownloadOrder order;
  order.path = request.arguments.text("dir");
  if (!is_get(request)) {
    order.length = kSniffBytes;
    return order;
  }
  const std::optional<RangeWish> wish = parse_range(request.head.header("Range"));
  const std::string_view if_range = request.head.header("If-Range");
  // A range is for nobody whose If-Range no content can meet: a date, or a weak tag.
  if (!wish || (!if_range.empty() && !if_range.starts_with('"'))) return order;
  order.last = wish->last.value_or(0);
  order.first = wish->first;
  order.length = wish->final ? *wish->final - wish->first + 1 : 0;
  order.if_etag = if_range;
  return order;
}

// Without a tag nobody can tell whether two parts belong together.
RangeAnswer range_of(const Request& request, const DownloadFacts& facts) {
  RangeAnswer asked;
  if (is_get(request) && !facts.etag.empty()) {
    asked =
        evaluate_range(request.head.header("Range"), request.head.header("If-Range"), facts.etag, facts.size);
  }
  if (asked.kind == RangeAnswer::Kind::unsatisfiable) return asked;
  const bool is_whole = asked.kind == RangeAnswer::Kind::whole;
  const bool is_here = asked.begin == facts.begin && asked.end == facts.end;
  if (facts.is_part && is_get(request) && (is_whole || !is_here)) {
    throw Error(Errc::bad_message, "another part of the file than the one that was asked for");
  }
  return !facts.is_part && !is_here ? RangeAnswer{} : asked;
}

void add_validators(Reply& reply, const DownloadFacts& facts) {
  const auto now = system_clock::now();
  const system_clock::time_point modified =
      facts.modified.value_or(std::chrono::floor<std::chrono::seconds>(now));
  reply.headers.emplace_back("Last-Modified", http_date(std::min(modified, now)));
  if (facts.etag.empty()) return;
  reply.headers.emplace_back("ETag", facts.etag);
  reply.headers.emplace_back("Cache-Control", "private, no-cache");  // ask again before it is used again
}

agent::Task<Reply> content_reply(const Request* request, std::shared_ptr<Download> download) {
  const DownloadFacts& facts = download->facts();
  RangeAnswer range = range_of(*request, facts);
  Reply reply = start_ranged_reply(range, facts.size);
  if (range.kind == RangeAnswer::Kind::unsatisfiable) co_return reply;
  co_await download->begin();
  reply.content_type = sniff_content_type(download->beginning());
  reply.headers.emplace_back("Accept-Ranges", facts.etag.empty() ? "none" : "bytes");
  add_validators(reply, facts);
  reply.stream = stream_of(std::move(download));
  co_return reply;
}

agent::Task<Reply> answer(const Request* request, std::shared_ptr<Download> download) {
  DownloadOrder order = order_for(*request);
  co_await download->ask(std::move(order));
  const DownloadFacts& facts = download->facts();
  const Validators validators{facts.etag, facts.modified};
  const Condition condition = evaluate_conditions(request->head, validators);
  Reply reply;
  if (condition == Condition::holds) {
    reply = co_await content_reply(request, std::move(download));
  } else {
    const bool is_known = condition == Condition::not_modified;
    reply = text_reply(is_known ? 304 : 412, is_known ? "" : "the file is not the one that is meant");
    if (is_known) reply.content_type = {};
    add_validators(reply, facts);
  }
  co_return reply;
}

// Mixed as in the original: who cannot be asked is told in the envelope, what the agent did raw.
bool is_raw_failure(Errc code) {
  return code == Errc::refused || code == Errc::disconnected || code == Errc::bad_message ||
         code == Errc::too_large || code == Errc::io;
}

agent::Task<Reply> download_file(Api* api, Request* request) {
  std::shared_ptr<Session> session = find_file_agent(*api, *request);
  if (!session) co_return unknown_agent();
  const std::chrono::seconds timeout = checked_timeout(request->arguments.integer("timeout"));
  auto download = std::make_shared<Download>(api->files(), std::move(session), timeout);
  try {
    Reply reply = co_await answer(request, std::move(download));
    co_return reply;
  } catch (const Error& error) {
    if (!is_raw_failure(error.code())) throw;
    co_return raw_failure(error);
  }
}

}  // namespace

void add_file_download_route(Router& router, Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/file/{id}/download";
  route.summary =
      "The content of a file, or the part that Range asks for; If-Range and conditional requests are heeded, "
      "except for agents of the original kind";
  route.parameters = {
      {.name = "id", .in = In::path, .summary = "agent id"},
      {.name = "dir",
       .summary = "path of the file, as it is listed or as percent-encoded bytes",
       .required = true},
      {.name = "timeout", .type = Type::integer, .summary = "seconds", .fallback = 600, .min = 1},
  };
  route.content_type = "application/octet-stream";
  route.enveloped_failures = true;
  route.limited = true;
  route.at_agent = "id";
  route.handler = audited_file_route(api, "download", download_file);
  router.add(std::move(route));
}

}  // namespace server
