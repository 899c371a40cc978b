// GET /api/agents/{id}/logs and /log/download: an agent's own log files (reference HTTP API, A.2; wire
// protocol, 6.12 and 7.4).
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/data_codec.hpp"
#include "agent/wire/logs.hpp"
#include "api/api.hpp"
#include "api/audit_note.hpp"
#include "api/received_log_archive.hpp"
#include "http/body_writer.hpp"
#include "http/range.hpp"
#include "http/schema.hpp"
#include "hub/ask.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;

// Raw bytes of one block; originals send 32,000.
constexpr std::size_t kBlockMax = 1024 * 1024;
// So much is gathered before it goes to the disk, and read from it at once.
constexpr std::size_t kBatch = 256 * 1024;
constexpr std::int64_t kTimeoutMax = 24 * 60 * 60;  // seconds; nobody waits longer for a download
// An agent sends its blocks as fast as the network takes them; what the disk does not take at once waits
// here.
constexpr CallLimits kArchiveLimits{.messages = 4096, .bytes = 64 * 1024 * 1024, .many = true};

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
      api->hub(), *request->loop, std::move(id), std::move(any_type), question, kReplyTimeout);
  std::vector<LogFileView> files;
  for (const agent::wire::LogFile& file : list.files)
    files.push_back({file.name, file.size, file.mod.seconds});
  co_return payload(files);
}

// The next blocks, in the order they come: originals number them all 0.
agent::Task<std::string> next_blocks(Call* call, std::uint64_t missing) {
  std::string batch;
  while (batch.size() < std::min<std::uint64_t>(kBatch, missing)) {
    agent::Envelope reply = co_await call->next();
    batch += agent::decode_data(reply_as<agent::wire::LogDownloadData>(reply).data, kBlockMax);
  }
  co_return batch;
}

agent::Task<std::shared_ptr<ReceivedLogArchive>> fetch_archive(Api* api, Request* request) {
  std::chrono::seconds timeout(std::min(request->arguments.integer("timeout"), kTimeoutMax));
  Clock::time_point deadline = Clock::now() + timeout;
  agent::wire::LogDownloadRequest question;
  question.files = request->arguments.list("files");
  const std::string& id = request->arguments.text("id");
  Call call(api->hub(), *request->loop, api->hub().find_agent(id, ""), timeout, kArchiveLimits);
  call.send(question);
  agent::Envelope first = co_await call.next();
  auto info = reply_as<agent::wire::LogDownloadInfo>(first);
  if (!info.ok) {
    call.done();
    throw Error(Errc::refused, info.msg);
  }

  auto create = [directory = api->options().cache_dir, info] {
    return std::make_shared<ReceivedLogArchive>(directory, info);
  };
  std::shared_ptr<ReceivedLogArchive> archive = co_await api->pool().run(create);
  while (!archive->is_complete()) {
    // An original's agent that loses blocks stops short of the size it announced, and says no more.
    call.expires_at(std::min(deadline, Clock::now() + kReplyTimeout));
    std::string blocks = co_await next_blocks(&call, archive->missing());
    auto append = [archive, blocks = std::move(blocks)] { return archive->append(blocks), true; };
    co_await api->pool().run(std::move(append));
  }
  call.done();
  auto check = [archive] { return archive->check(), true; };
  co_await api->pool().run(check);
  co_return archive;
}

agent::Task<> send_part(Api* api, std::shared_ptr<ReceivedLogArchive> archive, RangeAnswer range,
                        BodyWriter* writer) {
  while (range.begin < range.end) {
    auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kBatch, range.end - range.begin));
    auto read = [archive, begin = range.begin, count] { return archive->read(begin, count); };
    std::string bytes = co_await api->pool().run(read);
    writer->write(bytes);
    range.begin += count;
    co_await writer->room();
  }
}

Reply archive_reply(Api* api, std::shared_ptr<ReceivedLogArchive> archive, const agent::net::HttpHead& head) {
  const std::uint64_t size = archive->size();
  RangeAnswer range = evaluate_range(head.header("Range"), head.header("If-Range"), archive->etag(), size);
  Reply reply = start_ranged_reply(range, size);
  if (range.kind == RangeAnswer::Kind::unsatisfiable) return reply;
  reply.content_type = "application/zip";
  reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"log.zip\"");
  reply.headers.emplace_back("Accept-Ranges", "bytes");
  reply.headers.emplace_back("ETag", archive->etag());
  reply.stream = [api, archive, range](BodyWriter* writer) { return send_part(api, archive, range, writer); };
  return reply;
}

// Mixed as in the original: who cannot be asked is told in the envelope, what the agent did raw.
bool is_raw_failure(Errc code) {
  return code == Errc::refused || code == Errc::disconnected || code == Errc::bad_message ||
         code == Errc::too_large || code == Errc::io;
}

agent::Task<Reply> download_logs(Api* api, Request* request) {
  try {
    std::shared_ptr<ReceivedLogArchive> archive = co_await fetch_archive(api, request);
    co_return archive_reply(api, std::move(archive), request->head);
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
  download.handler = ReplyTask([&api](Request* request) {
    auto note = std::make_shared<AuditNote>(api.audit(), "log_download", *request,
                                            joined(request->arguments.list("files")));
    return audited(std::move(note), download_logs(&api, request));
  });
  router.add(std::move(download));
}

}  // namespace server
