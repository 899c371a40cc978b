// ChildStreams: the standard input and output of a child, on a terminal or through pipes. Loop thread.
#pragma once

#include <asio/posix/stream_descriptor.hpp>
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
#include "base/file_handle.hpp"

namespace agent::host {

inline constexpr std::chrono::milliseconds kNoLimit = std::chrono::milliseconds::max();

struct StreamOptions {
  bool terminal = true;
  TerminalSize size;
  bool input = false;  // without a terminal: there is a pipe to write to
};

class ChildStreams : public std::enable_shared_from_this<ChildStreams> {
 public:
  // Throws Errc::io.
  ChildStreams(asio::any_io_executor executor, StreamOptions options);

  // What the child gets, until started().
  int child_input() const { return child_input_->descriptor(); }
  int child_output() const { return (child_output_ ? child_output_ : child_input_)->descriptor(); }
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

  // The next bytes; "" at the end; nullopt when none came within `limit`. One caller.
  Task<std::optional<std::string>> read(std::chrono::milliseconds limit) {
    return read_from(shared_from_this(), limit);
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
  // Whether what is typed now would not be shown.
  bool hides_input();
  bool output_is_over() const { return over_; }

 private:
  using Descriptor = asio::posix::stream_descriptor;
  enum class Got { bytes, nothing_yet, end };

  void open_pipes(bool with_input);
  Descriptor& input() { return is_terminal_ ? output_ : input_; }
  Got read_some(std::string& bytes);
  void cut();
  void close_descriptors();
  void look_at_input_later();
  void look_at_input();
  bool may_type_end();
  static Task<std::optional<std::string>> read_from(std::shared_ptr<ChildStreams> self,
                                                    std::chrono::milliseconds limit);
  static Task<> write_to(std::shared_ptr<ChildStreams> self, std::string bytes);
  static Task<> let_others_run(std::shared_ptr<ChildStreams> self);
  void cancel_read_after(std::chrono::milliseconds limit);
  std::size_t write_some(std::string_view bytes);

  const bool is_terminal_;
  Descriptor output_;  // of a terminal: both directions
  Descriptor input_;
  std::unique_ptr<FileHandle> child_input_;
  std::unique_ptr<FileHandle> child_output_;
  asio::steady_timer left_over_timer_;
  asio::steady_timer read_timer_;
  asio::steady_timer input_timer_;  // once the input of a terminal is closed
  std::chrono::milliseconds input_delay_{};
  std::function<bool()> input_ready_;
  bool input_raw_too_ = false;
  bool types_first_end_ = false;
  std::size_t tail_ = 0;  // bytes that may still come after the cut
  int reads_in_a_row_ = 0;
  bool cut_ = false;
  bool ended_ = false;
  bool over_ = false;
  bool held_ = false;
};

}  // namespace agent::host
