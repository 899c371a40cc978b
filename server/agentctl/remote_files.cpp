#include "agentctl/remote_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "agent/clock.hpp"
#include "agent/pump.hpp"
#include "agentctl/form_body.hpp"
#include "agentctl/unavailable.hpp"
#include "agentctl/view.hpp"
#include "base/digest.hpp"
#include "base/event.hpp"
#include "base/file_handle.hpp"
#include "base/percent.hpp"

namespace agentctl {

using agent::Clock;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Value;
using agent::net::HttpHead;
using agent::net::HttpRequest;

namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::chrono::milliseconds kPause{500};
// An agent may hash a large file before it answers.
constexpr std::chrono::minutes kAnswerLimit{10};

// A file that is another one each time.
constexpr int kMostBeginnings = 5;

// `is_met`: the agent was there, so that one that is unknown now may come back.
bool is_loss(const Error& error, bool is_met) {
  const auto* api = dynamic_cast<const ApiError*>(&error);
  if (api == nullptr) return error.code() == Errc::disconnected || error.code() == Errc::timeout;
  return api->may_pass || passes_by_itself(why_unavailable(*api)) || api->code == 410 ||
         (api->code == 404 && is_met);
}

std::uint64_t number_at(Value object, std::string_view key) {
  const Value value = object.find(key);
  return value.is_number() ? value.as_uint(~std::uint64_t{0}) : 0;
}

bool flag_at(Value object, std::string_view key) {
  const Value value = object.find(key);
  return value.is_bool() && value.as_bool();
}

agent::FileHandle open_local(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe is refused, not waited for
  if (descriptor < 0) throw agent::system_error("open " + path, errno);
  return agent::FileHandle(descriptor, path);
}

Error became_shorter(const agent::FileHandle& file) {
  return {Errc::io, file.name() + " has become shorter while it was sent"};
}

// The form with all of a small file.
std::string whole_form(const agent::FileHandle& file, std::size_t size, const FormBody& form,
                       std::string head) {
  const std::string content = file.read_at(0, size);
  if (content.size() < size) throw became_shorter(file);
  return std::move(head) + content + form.tail_with("md5", agent::hex(agent::Md5::of(content)));
}

// FileForm: a form with one file, read while it is sent; its digest stands behind it.
class FileForm final : public agent::ByteSource {
 public:
  FileForm(agent::FileHandle file, FormBody form, std::string head, CopyProgress progress)
      : file_(std::move(file)),
        form_(std::move(form)),
        head_(std::move(head)),
        progress_(std::move(progress)),
        size_(file_.size()) {}

  std::uint64_t length() const { return head_.size() + size_ + tail(std::string(32, '0')).size(); }

  Task<std::string> read() override {
    if (!head_.empty()) co_return std::exchange(head_, {});
    if (done_ < size_) co_return next_piece();
    if (std::exchange(is_over_, true)) co_return std::string();
    co_return tail(agent::hex(md5_.finish()));
  }

 private:
  std::string tail(const std::string& md5) const { return form_.tail_with("md5", md5); }

  std::string next_piece() {
    std::string piece =
        file_.read_at(done_, static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size_ - done_)));
    if (piece.empty()) throw became_shorter(file_);
    md5_.update(piece);
    done_ += piece.size();
    progress_(done_, size_);
    return piece;
  }

  agent::FileHandle file_;
  FormBody form_;
  std::string head_;
  const CopyProgress progress_;
  const std::uint64_t size_;
  std::uint64_t done_ = 0;
  agent::Md5 md5_;
  bool is_over_ = false;
};

}  // namespace

struct RemoteFiles::Part {
  std::string path;
  ArrivingFile* file;
  CopyProgress progress;
  std::string tag;     // of the content of which the file has the beginning
  int beginnings = 0;  // how often it came from its beginning
};

RemoteFiles::RemoteFiles(ApiClient& api, std::string agent, std::function<void(const std::string&)> tell)
    : api_(api), agent_(std::move(agent)), tell_(std::move(tell)) {}

std::string RemoteFiles::route(std::string_view verb) const {
  return fmt::format("/api/file/{}/{}", url_part(agent_), verb);
}

bool RemoteFiles::goes_on(const Error& error, Clock::time_point since) {
  if (!is_loss(error, is_met_) || Clock::now() - since > kPatience) return false;
  const std::string line = fmt::format("the transfer broke off: {}; trying again", error.text());
  if (std::exchange(told_, line) != line) tell_(line);
  return true;
}

Task<Listing> RemoteFiles::list(std::string path) {
  const Clock::time_point since = Clock::now();
  std::optional<Listing> listing;
  while (!listing) {
    try {
      listing = co_await list_once(path);
    } catch (const Error& error) {
      if (!is_met_ || !goes_on(error, since)) throw;
    }
    if (!listing) co_await agent::pause(kPause);
  }
  co_return std::move(*listing);
}

Task<Listing> RemoteFiles::list_once(std::string path) {
  std::string target = route("ls") + "?dir=" + url_part(path);
  Listing listing;
  try {
    const Answer answer = co_await api_.get(std::move(target));
    const Value list = answer.payload();
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Value entry = list.at(i);
      const std::uint64_t mode = number_at(entry, "auth");
      listing.entries.push_back({.listed = cell_text(entry.find("name")),
                                 .kind = kind_of(mode, flag_at(entry, "is_link")),
                                 .mode = static_cast<unsigned>(mode & 0777),
                                 .size = number_at(entry, "size")});
    }
  } catch (const ApiError& error) {
    if (why_unavailable(error) != Unavailable::agent_word || error.may_pass) throw;
    listing.refusal = error.text().empty() ? "it cannot be listed" : error.text();
  }
  is_met_ = true;
  told_.clear();
  co_return listing;
}

Task<RemoteEntry> RemoteFiles::find_file(std::string path) {
  const std::string name = base_name(path);
  std::string directory = path.substr(0, path.rfind('/') + 1);
  RemoteEntry unknown{.listed = path, .kind = EntryKind::file, .mode = kPrivate, .size = kAnySize};
  if (directory.empty()) co_return unknown;
  const Listing listing = co_await list(std::move(directory));
  for (const RemoteEntry& entry : listing.entries)
    if (entry.kind == EntryKind::file &&
        (entry.listed == name || agent::percent_decode(entry.listed) == name))
      co_return entry;
  co_return unknown;
}

Task<> RemoteFiles::fetch(std::string path, ArrivingFile* file, CopyProgress progress) {
  Part part{std::move(path), file, std::move(progress), {}};
  Clock::time_point since = Clock::now();
  for (bool more = true; more;) {
    const std::uint64_t before = file->size();
    try {
      co_await fetch_once(&part);
      more = false;
    } catch (const Error& error) {
      if (file->size() != before) since = Clock::now();
      if (!goes_on(error, since)) throw;
      if (part.beginnings >= kMostBeginnings && part.tag.empty()) throw;
      if (part.beginnings >= kMostBeginnings) throw Error(Errc::io, "it changes while it is copied");
    }
    if (more) co_await agent::pause(kPause);
  }
  file->arrive();
}

// A content that has changed meanwhile, or of which nobody can tell, comes again from its beginning.
Task<> RemoteFiles::fetch_once(Part* part) {
  HttpRequest request;
  request.target = route("download") + "?dir=" + url_part(part->path);
  const bool goes_on = part->file->size() > 0 && !part->tag.empty();
  if (goes_on) {
    request.headers.emplace_back("Range", fmt::format("bytes={}-", part->file->size()));
    request.headers.emplace_back("If-Range", part->tag);
  }
  const ApiClient::Lease lease = api_.lease();
  lease->set_answer_limit(kAnswerLimit);
  const HttpHead head = co_await api_.open(lease, std::move(request));
  if (head.status != 206 || !goes_on) {
    if (part->file->size() > 0) part->file->begin_again();
    ++part->beginnings;
  }
  part->tag = head.header("ETag").starts_with("W/") ? "" : std::string(head.header("ETag"));
  const std::uint64_t total = part->file->size() + head.content_length.value_or(0);
  for (;;) {
    const std::string piece = co_await lease->read();
    if (piece.empty()) break;
    part->file->write(piece);
    part->progress(part->file->size(), total);
  }
}

Task<> RemoteFiles::send(std::string from, std::string directory, std::string name, CopyProgress progress) {
  const Clock::time_point since = Clock::now();
  for (bool more = true; more;) {
    try {
      co_await send_once(from, directory, name, progress);
      more = false;
    } catch (const Error& error) {
      if (!goes_on(error, since)) throw;
    }
    if (more) co_await agent::pause(kPause);
  }
}

Task<> RemoteFiles::send_once(std::string from, std::string directory, std::string name,
                              CopyProgress progress) {
  agent::FileHandle file = open_local(from);
  struct stat facts {};
  if (::fstat(file.descriptor(), &facts) != 0) throw agent::system_error("stat " + from, errno);
  if (!S_ISREG(facts.st_mode)) throw Error(Errc::bad_config, from + " is no regular file");
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  FormBody form;
  form.add("dir", directory);
  form.add("mod", fmt::format("{:04o}", facts.st_mode & 0777));
  form.add("timeout", "600");
  HttpRequest request;
  request.method = "POST";
  request.target = route("upload");
  request.headers.emplace_back("Content-Type", form.content_type());
  std::string head = form.head_of_file(name);
  if (size <= kPiece) {
    request.body = whole_form(file, static_cast<std::size_t>(size), form, std::move(head));
    request.is_repeatable = true;
  } else {
    auto content = std::make_shared<FileForm>(std::move(file), std::move(form), std::move(head), progress);
    request.content_length = content->length();
    request.content = std::move(content);
  }
  co_await api_.call(std::move(request), kAnswerLimit);
  progress(size, size);
}

}  // namespace agentctl
