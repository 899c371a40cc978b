// POST /api/file/{id}/upload (reference HTTP API, A.2; wire protocol, 7.2).
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api/api.hpp"
#include "api/file_agent.hpp"
#include "base/utf8.hpp"
#include "files/upload.hpp"
#include "http/form.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;

// Bytes of an upload, form and all. Streamed content is not kept; stored content must fit on the cache's
// disk, and its switch refuses uploads before that is full.
constexpr std::size_t kUploadLimit = std::size_t{1} << 40;

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

agent::Task<std::string> receive_upload(Api* api, std::shared_ptr<Session> session,
                                        std::shared_ptr<FormFile> file) {
  co_await file->find();
  std::shared_ptr<ContentSource> content = std::move(file);
  std::string path = co_await upload_content(&api->files(), std::move(session), std::move(content));
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
    record.path = co_await receive_upload(api, std::move(session), file);
    record.size = file->size();
    api->files().record(record);
    co_return envelope({}, elapsed_since(begin));
  } catch (const Error& error) {
    record.path = file->path();
    record.size = file->size();
    record.error = error.text();
    api->files().record(record);
    if (error.code() != Errc::disconnected) throw;
    co_return raw_failure(error);
  }
}

constexpr std::string_view kUploadSchema =
    R"({"type":"object","description":"the file comes last, or what comes behind it must wait for it","properties":{)"
    R"("dir":{"type":"string","description":"target directory, made when it is missing"},)"
    R"("md5":{"type":"string","description":"digest that the file must have, in hexadecimal"},)"
    R"("mod":{"type":"string","description":"octal mode","default":"0644"},)"
    R"("own_user":{"type":"string"},"own_group":{"type":"string"},)"
    R"("timeout":{"type":"integer","minimum":1,"default":60,"description":"seconds"},)"
    R"("file":{"type":"string","format":"binary"}},"required":["dir","file"]})";

}  // namespace

void add_file_upload_route(Router& router, Api& api) {
  Route route;
  route.method = "POST";
  route.pattern = "/api/file/{id}/upload";
  route.summary = "Write a file";
  route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  route.body_schema = kUploadSchema;
  route.body_type = "multipart/form-data";
  route.body_limit = kUploadLimit;
  route.enveloped_failures = true;
  route.limited = true;
  route.at_agent = "id";
  route.handler = ReplyTask([&api](Request* request) { return upload_file(&api, request); });
  router.add(std::move(route));
}

}  // namespace server
