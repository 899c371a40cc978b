// GET /api/agents/{id}/logs and /log/download: an agent's own log files (reference HTTP API, A.2; wire
// protocol, 6.12 and 7.4).
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/wire/logs.hpp"
#include "api/api.hpp"
#include "api/audit_note.hpp"
#include "api/receive_log_archive.hpp"
#include "http/body_writer.hpp"
#include "http/range.hpp"
#include "http/schema.hpp"
#include "hub/ask.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;

constexpr std::int64_t kTimeoutMax = 24 * 60 * 60;  // seconds; nobody waits longer for a download

struct LogFileView {
  std::string name;
  std::uint64_t size = 0;
  std::int64_t mod_time = 0;

  static void fields(auto& field) {
    field("name", &LogFileView::name, "base name");
    field("size", &LogFileView::size, "bytes");
    field("mod_time", &LogFileView::mod_time, "last change, Unix seconds");
  }
};

agent::Task<Payload> list_logs(Api* api, Request* request) {
  agent::wire::LogListRequest question;
  std::string id = request->arguments.text("id");
  std::string any_type;
  agent::wire::LogList list = co_await ask<agent::wire::LogList>(
      api->hub(), std::move(id), std::move(any_type), question, kReplyTimeout);
  std::vector<LogFileView> files;
  for (const agent::wire::LogFile& file : list.files)
    files.push_back({file.name, file.size, file.mod.seconds});
  co_return payload(files);
}

agent::Task<ReceivedLogArchive> fetch_archive(Api* api, Request* request) {
  const std::chrono::seconds timeout(std::min(request->arguments.integer("timeout"), kTimeoutMax));
  const Clock::time_point deadline = Clock::now() + timeout;
  agent::wire::LogDownloadRequest question;
  question.files = request->arguments.list("files");
  const std::string& id = request->arguments.text("id");
  auto call = std::make_shared<Call>(api->hub().find_agent(id, ""), timeout, kArchiveLimits);
  call->send(question);
  const agent::Envelope first = co_await call->next();
  auto info = reply_as<agent::wire::LogDownloadInfo>(first);
  if (!info.ok) {
    call->done();
    throw Error(Errc::refused, info.msg);
  }
  std::string directory = api->options().cache_dir;
  ReceivedLogArchive archive = co_await receive_log_archive(std::move(call), std::move(info), deadline,
                                                            &api->pool(), std::move(directory));
  co_return archive;
}

Reply archive_reply(Api& api, const ReceivedLogArchive& archive, const agent::net::HttpHead& head) {
  RangeAnswer range =
      evaluate_range(head.header("Range"), head.header("If-Range"), archive.etag, archive.size);
  Reply reply = start_ranged_reply(range, archive.size);
  if (range.kind == RangeAnswer::Kind::unsatisfiable) return reply;
  reply.content_type = "application/zip";
  reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"log.zip\"");
  reply.headers.emplace_back("Accept-Ranges", "bytes");
  reply.headers.emplace_back("ETag", archive.etag);
  reply.stream = stream_of(std::make_shared<StoredSource>(api.pool(), archive.file, range.begin, range.end));
  return reply;
}

// Mixed as in the original: who cannot be asked is told in the envelope, what the agent did raw.
bool is_raw_failure(Errc code) {
  return code == Errc::refused || code == Errc::disconnected || code == Errc::bad_message ||
         code == Errc::too_large || code == Errc::io;
}

agent::Task<Reply> download_logs(Api* api, Request* request) {
  try {
    const ReceivedLogArchive archive = co_await fetch_archive(api, request);
    co_return archive_reply(*api, archive, request->head);
  } catch (const Error& error) {
    if (!is_raw_failure(error.code())) throw;
    co_return raw_failure(error);
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

void add_agent_log_routes(Router& router, Api& api) {
  Parameter id{.name = "id", .in = In::path, .summary = "agent id"};
  Route list;
  list.method = "GET";
  list.pattern = "/api/agents/{id}/logs";
  list.summary = "The agent's own log files";
  list.parameters = {id};
  list.schema = schema_of<std::vector<LogFileView>>();
  list.at_agent = "id";
  list.handler = PayloadTask([&api](Request* request) { return list_logs(&api, request); });
  router.add(std::move(list));

  Route download;
  download.method = "GET";
  download.pattern = "/api/agents/{id}/log/download";
  download.summary = "Some of its log files as one zip archive; a Range is served";
  download.parameters = {
      id,
      {.name = "files", .type = Type::list, .summary = "names out of the list", .required = true},
      {.name = "timeout", .type = Type::integer, .summary = "seconds", .fallback = 600, .min = 1},
  };
  download.content_type = "application/zip";
  download.enveloped_failures = true;
  download.at_agent = "id";
  download.handler = ReplyTask([&api](Request* request) {
    auto note = std::make_shared<AuditNote>(api.audit(), "log_download", *request,
                                            joined(request->arguments.list("files")));
    return audited(std::move(note), download_logs(&api, request));
  });
  router.add(std::move(download));
}

}  // namespace server
