#include "commands/recording.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <utility>

#include "agent/base64.hpp"
#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/file_handle.hpp"
#include "net/spawn.hpp"

namespace server {

using agent::Task;

namespace {

constexpr std::int64_t kOneMoment = 20;       // milliseconds
constexpr std::int64_t kWritePause = 1000;    // milliseconds
constexpr std::size_t kWriteSize = 8 * 1024;  // bytes that are written sooner

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

agent::FileHandle open_file(const std::string& path, int flags) {
  agent::FileHandle file(::open(path.c_str(), O_CLOEXEC | O_NOFOLLOW | flags, 0600), "a recording");
  if (!file.is_open()) throw agent::system_error("open " + path, errno);
  return file;
}

std::uint64_t size_of(const std::string& path) {
  const agent::FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW), "a recording");
  return file.is_open() ? file.size() : 0;
}

// Why it was not written, "" if it was.
std::string append(const std::string& path, std::uint64_t offset, const std::string& bytes) {
  try {
    open_file(path, O_WRONLY | O_CREAT).write_at(offset, bytes);
    return {};
  } catch (const agent::Error& error) {
    return error.what();
  }
}

}  // namespace

RecordingLine RecordingLine::parse(std::string_view line) {
  std::int64_t time = 0;
  const char* end = line.data() + line.size();
  const auto [rest, failed] = std::from_chars(line.data(), end, time);
  if (failed != std::errc() || end - rest < 4 || rest[0] != ' ' || rest[2] != ' ') return {};
  return {.time = time,
          .kind = rest[1],
          .value = std::string_view(rest + 3, static_cast<std::size_t>(end - rest - 3))};
}

Recording::Recording(std::shared_ptr<CommandServices> services, agent::net::Loop& loop, std::string path)
    : services_(std::move(services)), loop_(loop), path_(std::move(path)), in_file_(size_of(path_)) {
  behind_half_ = in_file_ > 0;
}

void Recording::note_output(std::uint64_t kept) {
  if (ended_ || kept <= noted_) return;
  noted_ = kept;
  const std::int64_t now = now_ms();
  if (moment_ && now >= moment_->time + kOneMoment) settle();
  if (!moment_) moment_ = Moment{.time = now};
  moment_->kept = kept;
}

void Recording::note_size(const agent::wire::TerminalCells& size) {
  settle();
  note(now_ms(), RecordingLine::kSize, fmt::format("{}x{}", size.cols, size.rows));
}

void Recording::note_input(std::string_view bytes) {
  settle();
  note(now_ms(), RecordingLine::kInput, agent::encode_base64(bytes));
}

// The moment that is over is a line.
void Recording::settle() {
  if (!moment_) return;
  const Moment over = *std::exchange(moment_, std::nullopt);
  note(over.time, RecordingLine::kOutput, std::to_string(over.kept));
}

void Recording::note(std::int64_t time, char kind, std::string_view value) {
  if (ended_) return;
  if (pending_.empty()) pending_since_ = time;
  if (std::exchange(behind_half_, false)) pending_ = "\n";
  pending_.append(fmt::format("{} {} {}\n", time, kind, value));
  if (in_file_ + batch_.size() + pending_.size() > kRecordingLimit) {
    agent::log::warn("{}: the recording has {} bytes: times are not noted any more", path_, kRecordingLimit);
    ended_ = true;
  }
  if (pending_.size() >= kWriteSize || time - pending_since_ >= kWritePause || ended_) write();
}

void Recording::write() {
  settle();
  if (!batch_.empty() || pending_.empty() || discarded_) return;
  batch_ = std::exchange(pending_, {});
  agent::net::spawn(loop_, write_batch(shared_from_this()), path_);
}

Task<> Recording::write_batch(std::shared_ptr<Recording> self) {
  auto work = [path = self->path_, offset = self->in_file_, bytes = self->batch_] {
    return append(path, offset, bytes);
  };
  const std::string fault = co_await self->services_->pool->run(work);
  self->wrote(fault);
}

void Recording::wrote(const std::string& fault) {
  if (fault.empty()) {
    in_file_ += batch_.size();
  } else {
    agent::log::error("{}: the rest of this recording is lost: {}", path_, fault);
    ended_ = true;
    pending_.clear();
  }
  batch_.clear();
  if (discarded_) ::unlink(path_.c_str());
}

void Recording::write_now() {
  if (discarded_) return;
  settle();
  const std::string all = batch_ + pending_;  // what was on its way is written to the same place again
  if (!all.empty()) append(path_, in_file_, all);
  batch_.clear();
  pending_.clear();
}

void Recording::discard() {
  ended_ = discarded_ = true;
  if (batch_.empty()) ::unlink(path_.c_str());
}

Task<std::string> Recording::read(std::shared_ptr<Recording> self, std::uint64_t offset, std::size_t count) {
  if (offset >= self->in_file_) {
    const std::string rest = self->batch_ + self->pending_;
    const std::uint64_t begin = offset - self->in_file_;
    co_return begin < rest.size() ? rest.substr(begin) : std::string();
  }
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, self->in_file_ - offset));
  auto work = [path = self->path_, offset, count] {
    return open_file(path, O_RDONLY).read_at(offset, count);
  };
  std::string bytes = co_await self->services_->pool->run(work);
  co_return bytes;
}

}  // namespace server
