// audit tail: the last lines of an audit log that is on this machine, and with -f the ones that come. The
// server has no route for it: whoever may read the file may read it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <optional>
#include <utility>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/safe_text.hpp"
#include "agentctl/view.hpp"
#include "base/event.hpp"
#include "base/file_handle.hpp"

namespace agentctl {

using agent::Task;
using agent::json::Document;
using agent::json::Value;

namespace {

constexpr std::chrono::milliseconds kLook{300};
constexpr std::size_t kPiece = 64 * 1024;

agent::FileHandle open_log(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw agent::system_error("open " + path, errno);
  return agent::FileHandle(descriptor, path);
}

// Whether the name leads to another file by now, after a rotation.
bool is_replaced(const agent::FileHandle& file, const std::string& path) {
  struct stat ours {};
  struct stat named {};
  if (::fstat(file.descriptor(), &ours) != 0 || ::stat(path.c_str(), &named) != 0) return false;
  return ours.st_ino != named.st_ino || ours.st_dev != named.st_dev;
}

// Reads whole lines as a file grows.
class LineReader {
 public:
  explicit LineReader(agent::FileHandle file) : file_(std::move(file)) {}

  const agent::FileHandle& file() const { return file_; }

  std::optional<std::string> next() {
    for (;;) {
      const std::size_t end = text_.find('\n');
      if (end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      const std::string piece = file_.read_at(offset_, kPiece);
      if (piece.empty()) return std::nullopt;
      offset_ += piece.size();
      text_ += piece;
    }
  }

 private:
  agent::FileHandle file_;
  std::uint64_t offset_ = 0;
  std::string text_;
};

// "2026-03-01T08:30:00Z alice 192.0.2.7 exec db-1 df -h: ok"
std::string person_line(const std::string& line) {
  try {
    const Document entry = Document::parse(line);
    std::string text;
    for (const char* key : {"time", "who", "from", "action", "agent", "what", "result"}) {
      const std::string cell = cell_text(entry.root().find(key));
      text += (text.empty() ? "" : "  ") + (cell.empty() ? std::string("-") : safe_text(cell));
    }
    return text;
  } catch (const agent::Error&) {
    return safe_text(line);
  }
}

void print_line(Tools tools, const std::string& line) {
  const bool is_raw = tools.options.format == Format::json;
  tools.console.print((is_raw ? line : person_line(line)) + "\n");
}

}  // namespace

Task<int> tail_audit(Tools tools) {
  const std::string path = tools.options.file;
  auto reader = std::make_unique<LineReader>(open_log(path));
  std::deque<std::string> last;
  while (auto line = reader->next()) {
    last.push_back(std::move(*line));
    if (last.size() > tools.options.lines) last.pop_front();
  }
  for (const std::string& line : last) print_line(tools, line);
  while (tools.options.follow) {
    const bool has_moved = is_replaced(reader->file(), path);  // before the look: its last lines count
    while (auto line = reader->next()) print_line(tools, *line);
    if (has_moved) {
      reader = std::make_unique<LineReader>(open_log(path));
    } else {
      co_await agent::pause(kLook);
    }
  }
  co_return kOk;
}

}  // namespace agentctl
