// /api/file: the files of an exec-agent (reference HTTP API, A.2). Uploads and downloads are in files of
// their own.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/wire/file.hpp"
#include "api/api.hpp"
#include "api/file_agent.hpp"
#include "files/file_list.hpp"
#include "files/stored_file.hpp"
#include "http/body_writer.hpp"
#include "http/range.hpp"
#include "http/schema.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
namespace wire = agent::wire;

constexpr std::uint32_t kGoDirectory = 1u << 31;

struct FileView {
  std::string name;
  std::uint32_t auth = 0;
  std::string user;
  std::string group;
  std::uint64_t size = 0;
  std::int64_t mod_time = 0;
  bool is_dir = false;
  bool is_link = false;
  std::string link_dir;

  static void fields(auto& field) {
    field("name", &FileView::name, "base name");
    field("auth", &FileView::auth, "Go mode bits");
    field("user", &FileView::user, "owner's login", agent::omit_empty);
    field("group", &FileView::group, "group's name", agent::omit_empty);
    field("size", &FileView::size, "bytes");
    field("mod_time", &FileView::mod_time, "last change, Unix seconds");
    field("is_dir", &FileView::is_dir, "a directory, or a link to one");
    field("is_link", &FileView::is_link, "a symbolic link");
    field("link_dir", &FileView::link_dir, "what it points to", agent::omit_empty);
  }
};

FileView view_of(wire::LsEntry entry) {
  return {.name = std::move(entry.name),
          .auth = entry.mod,
          .user = std::move(entry.user),
          .group = std::move(entry.group),
          .size = entry.size,
          .mod_time = entry.mod_time.seconds,
          .is_dir = (entry.mod & kGoDirectory) != 0,
          .is_link = entry.is_link,
          .link_dir = std::move(entry.link_dir)};
}

std::string list_json(std::vector<FileView> files) {
  return files.empty() ? "[]" : agent::json::encode(files);
}

// ---- ls

agent::Task<Reply> list_files(Api* api, Request* request) {
  const Clock::time_point begin = Clock::now();
  std::shared_ptr<Session> session = find_file_agent(*api, *request);
  if (!session) co_return unknown_agent();
  auto listing = list_directory(std::move(session), request->arguments.text("dir"));
  std::vector<wire::LsEntry> entries = co_await std::move(listing);
  std::vector<FileView> files;
  files.reserve(entries.size());
  for (wire::LsEntry& entry : entries) files.push_back(view_of(std::move(entry)));
  Payload payload;
  payload.json = list_json(std::move(files));
  co_return envelope(std::move(payload), elapsed_since(begin));
}

// ---- the agents' fetch

Reply offer_reply(Api& api, std::shared_ptr<const Offer> offer, const agent::net::HttpHead& head) {
  RangeAnswer range = evaluate_range(head.header("Range"), head.header("If-Range"), offer->etag, offer->size);
  Reply reply = start_ranged_reply(range, offer->size);
  if (range.kind == RangeAnswer::Kind::unsatisfiable) return reply;
  reply.content_type = "application/octet-stream";
  reply.headers.emplace_back("Accept-Ranges", "bytes");
  reply.headers.emplace_back("ETag", offer->etag);
  reply.stream = stream_of(std::make_shared<StoredSource>(api.pool(), offer->file, range.begin, range.end));
  return reply;
}

Reply fetch_offer(Api* api, Request& request) {
  try {
    auto offer = api->files().offers().find(request.arguments.text("task"), request.head.header("X-Token"),
                                            Clock::now());
    return offer_reply(*api, std::move(offer), request.head);
  } catch (const Error& error) {
    if (error.code() == Errc::denied) {
      api->audit().write_refusal(request.remote_address, "GET " + request.path, "unknown upload token",
                                 RefusalCounter::Clock::now());
      return text_reply(403, "access denied");
    }
    if (error.code() == Errc::not_found) return text_reply(404, "not found");
    throw;
  }
}

// ---- routes

const Parameter kId{.name = "id", .in = In::path, .summary = "agent id"};

Route list_route(Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/file/{id}/ls";
  route.summary = "The entries of a directory";
  route.parameters = {kId, {.name = "dir", .summary = "directory", .required = true}};
  route.schema = schema_of<std::vector<FileView>>();
  route.enveloped_failures = true;
  route.limited = true;
  route.at_agent = "id";
  route.handler = audited_file_route(api, "ls", list_files);
  return route;
}

Route fetch_route(Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/file/upload/{task}";
  route.summary = "For agents: the content of an upload, with the token of its message as X-Token";
  route.parameters = {{.name = "task", .in = In::path, .summary = "task id"}};
  route.content_type = "application/octet-stream";
  route.authenticate = false;  // by the upload's own token
  route.for_agents = true;
  route.handler = ReplyHandler([&api](Request& request) { return fetch_offer(&api, request); });
  return route;
}

}  // namespace

void add_file_routes(Router& router, Api& api) {
  router.add(list_route(api));
  add_file_download_route(router, api);
  add_file_upload_route(router, api);
  router.add(fetch_route(api));
}

}  // namespace server
