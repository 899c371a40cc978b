// Console: where agentctl writes. Data goes to stdout, whole and byte for byte; everything else to stderr.
//
// Used by one thread. Its functions block as long as nobody takes what was written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentctl {

// PipeClosed: nobody reads stdout any more, as behind `| head`. The program then ends without a word.
struct PipeClosed {};

struct ConsoleOptions {
  bool no_color = false;  // as --no-color; NO_COLOR in the environment does the same
  bool quiet = false;     // no hints and no progress; errors are still told
};

enum class Color { none, red, green, yellow, blue, bold };

class Console {
 public:
  explicit Console(ConsoleOptions options);
  ~Console() { end_progress(); }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  bool is_quiet() const { return options_.quiet; }
  // stdout is a terminal.
  bool is_terminal() const { return out_is_terminal_; }
  // How wide the terminal behind stdout (or stderr) is; 0: there is none, and nothing is cut.
  std::size_t columns() const;
  std::size_t hint_columns() const;

  // Data. Throws PipeClosed, and Errc::io with the system's reason.
  void print(std::string_view bytes);
  // The same for an error stream of a command: bytes as they are.
  void print_error(std::string_view bytes);

  // Lines for the person, on stderr; `line` is made harmless (safe_text.hpp). A hint is left out with -q.
  void hint(std::string_view line);
  void warn(std::string_view line);
  // Behind a key that a terminal may have shown, such as ^C: what follows begins a line.
  void begin_line();

  // The line that changes at the end of a terminal's stderr; elsewhere, and with -q, nothing..
  void show_progress(std::string_view line);
  void end_progress();
  bool shows_progress() const { return err_is_terminal_ && !options_.quiet; }
  // It stands there now.
  bool has_progress() const { return has_progress_; }

  // `text` in colour if stdout (or stderr) is a terminal that may have them.
  std::string paint(Color color, std::string_view text) const {
    return painted(color, text, out_has_colors_);
  }
  std::string paint_hint(Color color, std::string_view text) const {
    return painted(color, text, err_has_colors_);
  }

 private:
  static std::string painted(Color color, std::string_view text, bool colors);

  const ConsoleOptions options_;
  bool out_is_terminal_ = false;
  bool err_is_terminal_ = false;
  bool out_has_colors_ = false;
  bool err_has_colors_ = false;
  bool has_progress_ = false;
};

}  // namespace agentctl
