// Recording: when the output of a terminal came, how large it was and, if that was asked for, what was typed.
// The output itself is where every command's is; both together are an asciicast (api/asciicast.hpp).
//
// A file of lines beside the output, written about once a second: a server that is killed loses the times of
// the last second, and no byte. Belongs to the command's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "agent/wire/exec.hpp"
#include "commands/command_services.hpp"
#include "net/loop.hpp"

namespace server {

// A recording takes at most this much besides the output; what follows is shown at its last time.
inline constexpr std::uint64_t kRecordingLimit = 16 * 1024 * 1024;

// A line of the file: "<Unix milliseconds> <kind> <value>".
struct RecordingLine {
  static constexpr char kNone = 0;      // not a line, as the half of one that a killed server leaves
  static constexpr char kOutput = 'o';  // value: kept bytes of the output up to then
  static constexpr char kSize = 'r';    // value: "<columns>x<rows>", as in asciicast
  static constexpr char kInput = 'i';   // value: base64

  std::int64_t time = 0;
  char kind = kNone;
  std::string_view value;

  static RecordingLine parse(std::string_view line);
};

class Recording : public std::enable_shared_from_this<Recording> {
 public:
  // Goes on behind what an earlier process left at `path`.
  Recording(std::shared_ptr<CommandServices> services, agent::net::Loop& loop, std::string path);

  // `kept` bytes of the output are kept now. What comes within 20 ms has one time.
  void note_output(std::uint64_t kept);
  void note_size(const agent::wire::TerminalCells& size);
  void note_input(std::string_view bytes);

  // What was noted goes to the file. A disk that does not take it ends the recording, not the terminal.
  void write();
  // The same at once, when the loops have ended.
  void write_now();
  // Removes the file.
  void discard();

  // The next lines from `offset` of the file on, about `count` bytes; "" behind the last one. Throws
  // Errc::io.
  static agent::Task<std::string> read(std::shared_ptr<Recording> self, std::uint64_t offset,
                                       std::size_t count);

 private:
  struct Moment {
    std::int64_t time = 0;
    std::uint64_t kept = 0;
  };
  void note(std::int64_t time, char kind, std::string_view value);
  void settle();
  static agent::Task<> write_batch(std::shared_ptr<Recording> self);
  void wrote(const std::string& fault);

  const std::shared_ptr<CommandServices> services_;
  agent::net::Loop& loop_;
  const std::string path_;
  std::uint64_t in_file_ = 0;
  std::string batch_;    // on its way to the file
  std::string pending_;  // behind it
  std::int64_t pending_since_ = 0;
  std::optional<Moment> moment_;  // of the output, not a line yet
  std::uint64_t noted_ = 0;       // bytes of the output
  bool behind_half_ = false;      // a killed server may have left the half of a line
  bool ended_ = false;            // nothing is noted any more
  bool discarded_ = false;
};

}  // namespace server
