// ChildStreams: the standard streams of a child, on a terminal or through pipes. Loop thread.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/process.hpp"
#include "agent/task.hpp"
#include "base/event.hpp"
#include "base/file_handle.hpp"

namespace agent::host {

inline constexpr std::chrono::milliseconds kNoLimit = std::chrono::milliseconds::max();

// A command that writes many small pieces is looked at only so often: reading and sending each of 200,000
// lines by itself costs several times what writing them does.
inline constexpr std::chrono::milliseconds kReadPause{1};

struct StreamOptions {
  bool terminal = true;
  TerminalSize size;
  bool input = false;        // without a terminal: there is a pipe to write to
  bool error_apart = false;  // without a terminal: standard error has a pipe of its own
  std::chrono::milliseconds pause = kReadPause;
};

// Which output is read.
enum class Wanted { output, error, either };

class ChildStreams : public std::enable_shared_from_this<ChildStreams> {
 public:
  // Throws Errc::io.
  ChildStreams(asio::any_io_executor executor, StreamOptions options);
  ~ChildStreams();
  ChildStreams(const ChildStreams&) = delete;
  ChildStreams& operator=(const ChildStreams&) = delete;

  // What the child gets, until started().
  int child_input() const { return child_input_->descriptor(); }
  int child_output() const { return (child_output_ ? child_output_ : child_input_)->descriptor(); }
  int child_error() const { return child_error_ ? child_error_->descriptor() : child_output(); }
  // Whoever runs as this user can open /dev/stdout and the like again, which the system checks.
  void give_to(std::uint32_t user);
  void started();
  // The child itself has ended: what is left gets kLeftOverLimit.
  void ended();
  // Nothing is read or written any more; those who wait go on. On a terminal the system hangs up, but not
  // before release() while it is held: the leader of its session must have given up the foreground.
  void close();
  void hold() { held_ = true; }
  void release();

  // The next bytes, "" at the end, whose text is raw; nullopt when none came within `limit`. One caller of
  // each stream. Without a stream of its own, standard error is at its end. After two small pieces in a row
  // the next one is read only when `pause` has passed since, unless the child has ended or something was
  // written to it meanwhile: its answer is waited for.
  Task<std::optional<OutputPiece>> read(Wanted wanted, std::chrono::milliseconds limit) {
    return read_from(shared_from_this(), wanted, limit);
  }
  // As Process::write(). One caller.
  Task<> write(std::string bytes) { return write_to(shared_from_this(), std::move(bytes)); }
  // Types as much as the terminal takes at once.
  void type(std::string_view keys);
  // Answers one who reads the terminal with the end of the input.
  void type_end_of_file();
  // No input follows. On a terminal everyone who reads finds the end of the input: soon, which spares short
  // commands the typing, or from then on when `ready` first says yes and whenever it still does; but who
  // takes each key as it is (raw mode) finds it again only with `raw_too`, and seldom.
  void close_input(std::function<bool()> ready = {}, bool raw_too = false);
  void resize(TerminalSize size);
  // As Process::signal(), of the child `pid`.
  bool signal(int pid, std::string_view name);
  // Whether what is typed now would not be shown.
  bool hides_input();

 private:
  enum class Got { bytes, nothing_yet, end };
  struct OutputEnd;
  struct OurEnds;

  void open_pipes(const StreamOptions& options);
  bool take(Wanted wanted, OutputPiece& piece);
  bool is_paused() const;
  void note_size(std::size_t size);
  void wake_after_pause(OutputEnd& end);
  Got read_some(OutputEnd& end, std::string& bytes);
  void finish(OutputEnd& end);
  void wake_when_readable(OutputEnd& end);
  void look_again();
  void cut();
  void close_descriptors();
  void look_at_input_later();
  void look_at_input();
  bool may_type_end();
  static Task<std::optional<OutputPiece>> read_from(std::shared_ptr<ChildStreams> self, Wanted wanted,
                                                    std::chrono::milliseconds limit);
  static Task<> write_to(std::shared_ptr<ChildStreams> self, std::string bytes);
  static Task<> let_others_run(std::shared_ptr<ChildStreams> self);
  std::size_t write_some(std::string_view bytes);

  using RealClock = std::chrono::steady_clock;

  const bool is_terminal_;
  const std::chrono::milliseconds pause_;
  std::unique_ptr<OurEnds> ends_;
  std::unique_ptr<FileHandle> child_input_;
  std::unique_ptr<FileHandle> child_output_;
  std::unique_ptr<FileHandle> child_error_;
  asio::steady_timer left_over_timer_;
  asio::steady_timer input_timer_;  // once the input of a terminal is closed
  asio::steady_timer pause_timer_;
  RealClock::time_point read_at_{};  // the last piece
  int small_pieces_ = 0;             // in a row
  Event readable_;                   // one of the outputs, or all is over
  std::chrono::milliseconds input_delay_{};
  std::function<bool()> input_ready_;
  bool input_raw_too_ = false;
  bool types_first_end_ = false;
  int reads_in_a_row_ = 0;
  bool error_was_last_ = false;  // of what was read
  bool cut_ = false;
  bool ended_ = false;
  bool over_ = false;
  bool held_ = false;
};

}  // namespace agent::host
