// /api/file: the files of an exec-agent (reference HTTP API, A.2; wire protocol, 6.5, 7.2 and 7.3).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/path_text.hpp"
#include "agent/wire/file.hpp"
#include "api/api.hpp"
#include "api/file_agent.hpp"
#include "base/utf8.hpp"
#include "files/upload.hpp"
#include "http/body_writer.hpp"
#include "http/form.hpp"
#include "http/range.hpp"
#include "http/schema.hpp"
#include "hub/ask.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
namespace wire = agent::wire;

// Bytes of an upload, form and all. Streamed content is not kept; stored content must fit on the cache's
// disk, and its switch refuses uploads before that is full.
constexpr std::size_t kUploadLimit = std::size_t{1} << 40;
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

std::chrono::milliseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

// ---- ls

agent::Task<Reply> list_files(Api* api, Request* request) {
  const Clock::time_point begin = Clock::now();
  std::shared_ptr<Session> session = find_file_agent(*api, *request);
  if (!session) co_return unknown_agent();
  wire::LsRequest question;
  const std::string& dir = request->arguments.text("dir");
  question.encoded = !agent::is_utf8(dir);
  question.dir = agent::path_text(dir);
  Call call(api->hub(), *request->loop, std::move(session));
  call.send(question);
  agent::Envelope reply = co_await call.next();
  auto list = reply_as<wire::LsReply>(reply);
  if (!list.ok) throw Error(Errc::refused, list.msg);
  std::vector<FileView> files;
  files.reserve(list.files.size());
  for (wire::LsEntry& entry : list.files) files.push_back(view_of(std::move(entry)));
  Payload payload;
  payload.json = list_json(std::move(files));
  co_return envelope(std::move(payload), since(begin));
}

// ---- upload

// "0644", as chmod takes it.
std::uint32_t parse_mode(const std::string& text) {
  if (text.empty()) return 0644;
  std::uint32_t mode = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, mode, 8);
  if (error != std::errc() || rest != end || mode > 07777) {
    throw RequestError(400, fmt::format("bad param: mod: '{}' is not an octal mode", text));
  }
  constexpr std::uint32_t kSetUser = 1u << 23;
  constexpr std::uint32_t kSetGroup = 1u << 22;
  constexpr std::uint32_t kSticky = 1u << 20;
  return (mode & 0777) | ((mode & 04000) ? kSetUser : 0) | ((mode & 02000) ? kSetGroup : 0) |
         ((mode & 01000) ? kSticky : 0);
}

void check_md5_text(const std::string& md5) {
  const bool is_hex = md5.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!md5.empty() && (md5.size() != 32 || !is_hex)) {
    throw RequestError(400, "bad param: md5: not 32 hexadecimal digits");
  }
}

UploadTarget target_of(const Form& form) {
  UploadTarget target;
  target.dir = form.required("dir");
  target.name = form.filename();
  if (target.name.empty() || target.name == "." || target.name == ".." ||
      target.name.find('\0') != std::string::npos) {
    throw RequestError(400, "bad param: file: its name is not the name of a file");
  }
  if (!agent::is_utf8(target.dir) || !agent::is_utf8(target.name)) {
    throw RequestError(400, "bad param: file: its name and directory must be UTF-8");
  }
  target.mode = parse_mode(form.text("mod"));
  target.own_user = form.text("own_user");
  target.own_group = form.text("own_group");
  target.timeout = checked_timeout(form.integer("timeout", 60));
  check_md5_text(form.text("md5"));
  return target;
}

// FormFile: the file of a form. The fields may also come behind it.
class FormFile final : public ContentSource {
 public:
  // `request` must outlive it.
  explicit FormFile(Request* request) : form_(request) {}

  // Reads up to the file. Throws RequestError for a form that is wrong, or has none.
  agent::Task<> find() {
    std::string name = "file";
    const bool found = co_await form_.find_file(std::move(name));
    path_ = form_.text("dir") + "/" + form_.filename();
    if (!found) {
      form_.required("dir");
      throw form_.missing_file();
    }
    if (is_target_known()) target_of(form_);  // what is wrong is told before the content is read
  }

  agent::Task<std::string> read() override {
    std::string piece = co_await form_.read();
    size_ += piece.size();
    if (!piece.empty()) co_return piece;
    co_await form_.finish();
    target_of(form_);
    co_return std::string();
  }
  bool is_target_known() const override { return !form_.text("dir").empty(); }
  UploadTarget target() const override { return target_of(form_); }
  std::string expected_md5() const override { return form_.text("md5"); }

  // Where the client wants it, "" before find(); how many bytes have come.
  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }

 private:
  Form form_;
  std::string path_;
  std::uint64_t size_ = 0;
};

agent::Task<std::string> receive_upload(Api* api, agent::net::Loop* loop, std::shared_ptr<Session> session,
                                        std::shared_ptr<FormFile> file) {
  co_await file->find();
  std::shared_ptr<ContentSource> content = std::move(file);
  std::string path = co_await upload_content(&api->files(), loop, std::move(session), std::move(content));
  co_return path;
}

agent::Task<Reply> upload_file(Api* api, Request* request) {
  const Clock::time_point begin = Clock::now();
  std::shared_ptr<Session> session = find_file_agent(*api, *request);
  if (!session) co_return unknown_agent();
  UploadRecord record;
  record.who = request->token_name;
  record.from = request->remote_address;
  record.agent = session->id();
  auto file = std::make_shared<FormFile>(request);
  try {
    record.path = co_await receive_upload(api, request->loop, std::move(session), file);
    record.size = file->size();
    api->files().record(record);
    co_return envelope({}, since(begin));
  } catch (const Error& error) {
    record.path = file->path();
    record.size = file->size();
    record.error = error.text();
    api->files().record(record);
    if (error.code() != Errc::disconnected) throw;
    co_return raw_failure(error);
  }
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

constexpr std::string_view kUploadSchema =
    R"({"type":"object","description":"the file comes last, or what comes behind it must wait for it","properties":{)"
    R"("dir":{"type":"string","description":"target directory, made when it is missing"},)"
    R"("md5":{"type":"string","description":"digest that the file must have, in hexadecimal"},)"
    R"("mod":{"type":"string","description":"octal mode","default":"0644"},)"
    R"("own_user":{"type":"string"},"own_group":{"type":"string"},)"
    R"("timeout":{"type":"integer","minimum":1,"default":60,"description":"seconds"},)"
    R"("file":{"type":"string","format":"binary"}},"required":["dir","file"]})";

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
  route.handler = audited_file_route(api, "ls", list_files);
  return route;
}

Route upload_route(Api& api) {
  Route route;
  route.method = "POST";
  route.pattern = "/api/file/{id}/upload";
  route.summary = "Write a file";
  route.parameters = {kId};
  route.body_schema = kUploadSchema;
  route.body_type = "multipart/form-data";
  route.body_limit = kUploadLimit;
  route.enveloped_failures = true;
  route.limited = true;
  route.handler = ReplyTask([&api](Request* request) { return upload_file(&api, request); });
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
  router.add(upload_route(api));
  router.add(fetch_route(api));
}

}  // namespace server
