#include "api/asciicast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/base64.hpp"
#include "agent/error.hpp"
#include "agent/json_value.hpp"
#include "commands/output_reader.hpp"
#include "commands/recording.hpp"
#include "http/body_writer.hpp"

namespace server {

using agent::Task;

namespace {

constexpr std::size_t kLines = 64 * 1024;  // bytes of the recording that are read at once
constexpr std::string_view kSomeSize = "80x24";

std::string quoted(std::string_view text) {
  agent::json::Writer out;
  out.string(text);
  return out.take();
}

// Bytes at the end that begin a character of UTF-8 and do not end it.
std::size_t cut_character(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Goes through a recording and its output together.
class Playback {
 public:
  Playback(std::shared_ptr<Command> command, BodyWriter* writer)
      : command_(std::move(command)), writer_(writer), time_(command_->record().begin * 1000) {}

  static Task<> run(std::shared_ptr<Playback> self) {
    const std::shared_ptr<Recording> recording = self->command_->recording();
    std::string lines;
    for (std::uint64_t read = 0; !self->writer_->client_gone();) {
      const std::string piece = co_await Recording::read(recording, read, kLines);
      if (piece.empty()) break;
      read += piece.size();
      lines += piece;
      std::size_t begin = 0;
      for (std::size_t end = 0; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
        const RecordingLine line = RecordingLine::parse(std::string_view(lines).substr(begin, end - begin));
        co_await show(self, line);
      }
      lines.erase(0, begin);
    }
    const std::uint64_t kept = self->command_->output()->spool().kept();
    co_await show_output(self, self->time_, kept);
    self->open(self->time_, kSomeSize);
    self->writer_->write(self->cast_.end(self->time_));
  }

 private:
  static Task<> show(std::shared_ptr<Playback> self, RecordingLine line) {
    if (line.kind == RecordingLine::kNone) co_return;
    self->open(line.time, line.kind == RecordingLine::kSize ? line.value : kSomeSize);
    self->time_ = line.time;
    if (line.kind == RecordingLine::kOutput) {
      const auto kept = static_cast<std::uint64_t>(number_of(line.value));
      co_await show_output(self, line.time, kept);
    } else if (line.kind == RecordingLine::kSize && self->size_ != line.value) {
      self->size_ = line.value;
      self->writer_->write(self->cast_.event(line.time, line.kind, line.value));
    } else if (line.kind == RecordingLine::kInput) {
      const std::string typed = agent::decode_base64(line.value);
      self->writer_->write(self->cast_.event(line.time, line.kind, typed));
    }
    co_await self->writer_->room();
  }

  static Task<> show_output(std::shared_ptr<Playback> self, std::int64_t time, std::uint64_t kept) {
    while (self->shown_ < kept && !self->writer_->client_gone()) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kOutputPiece, kept - self->shown_));
      const std::string bytes = co_await read_output(self->command_, self->shown_, count);
      if (bytes.empty()) co_return;  // the line says more than there is
      self->open(time, kSomeSize);
      self->shown_ += bytes.size();
      self->writer_->write(self->cast_.output(time, bytes));
      co_await self->writer_->room();
    }
  }

  void open(std::int64_t time, std::string_view size) {
    if (!size_.empty()) return;
    size_ = size;
    writer_->write(cast_.header(time, size, command_->record().command));
  }

  const std::shared_ptr<Command> command_;
  BodyWriter* const writer_;
  Asciicast cast_;
  std::string size_;  // "" until the header is written
  std::int64_t time_ = 0;
  std::uint64_t shown_ = 0;
};

}  // namespace

std::string Asciicast::header(std::int64_t begin, std::string_view size, std::string_view title) {
  begin_ = last_ = begin;
  const std::size_t by = size.find('x');
  agent::json::Writer out;
  out.begin_object().key("version").integer(2).key("width").integer(number_of(size.substr(0, by)));
  out.key("height").integer(by == std::string_view::npos ? 0 : number_of(size.substr(by + 1)));
  out.key("timestamp").integer(begin / 1000).key("title").string(title).end_object();
  return out.take() + "\n";
}

std::string Asciicast::event(std::int64_t time, char kind, std::string_view text) {
  last_ = std::max(last_, time);
  const std::int64_t since = last_ - begin_;
  return fmt::format("[{}.{:03},\"{}\",{}]\n", since / 1000, since % 1000, kind, quoted(text));
}

std::string Asciicast::output(std::int64_t time, std::string_view bytes) {
  cut_.append(bytes);
  const std::size_t cut = cut_character(cut_);
  const std::string text = cut_.substr(0, cut_.size() - cut);
  cut_.erase(0, text.size());
  return text.empty() ? std::string() : event(time, RecordingLine::kOutput, text);
}

std::string Asciicast::end(std::int64_t time) {
  return cut_.empty() ? std::string() : event(time, RecordingLine::kOutput, std::exchange(cut_, {}));
}

Reply asciicast_reply(std::shared_ptr<Command> command) {
  if (!command->recording()) throw agent::Error(agent::Errc::not_found, "recording");
  Reply reply;
  reply.content_type = "application/x-asciicast";
  reply.stream = [command](BodyWriter* writer) {
    return Playback::run(std::make_shared<Playback>(command, writer));
  };
  return reply;
}

}  // namespace server
