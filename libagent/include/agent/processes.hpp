// The processes of this machine, as /proc tells about them (proc(5)).
//
//   agent::ProcessFiles files;
//   for (const int pid : files.ids()) {
//     const auto stat = agent::parse_process_stat(files.read(pid, "stat"));
//     if (stat) use(pid, stat->name);
//   }
//
// The parsers are pure: they take the text of any kernel since 2.6.32, and columns that they do not know
// change nothing. Reading takes 3 to 30 microseconds a file, but waits for whoever holds the process's
// memory, which is long when that process hangs: Agent::offload is the place for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

// One process as /proc/<pid>/stat tells it.
struct ProcessStat {
  std::string name;  // of the program, at most 15 bytes for all but the kernel's threads; any bytes
  char state = '?';  // R, S, D, T, …; Z = ended, but not yet collected by its parent
  int parent = 0;
  int group = 0;
  int session = 0;
  std::uint64_t cpu_ticks = 0;  // of all its threads, of user and system; a tick is 1 / ticks_per_second()
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;     // since boot. With the process id, it tells two processes apart
  std::uint64_t virtual_bytes = 0;   // its address space
  std::uint64_t resident_pages = 0;  // of page_size() bytes each
};

// nullopt when the text is not such a line, or cut before the start time. A name may hold blanks, parentheses
// and line breaks.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// What else of a process is looked for, from /proc/<pid>/status.
struct ProcessStatus {
  std::uint32_t user_id = 0;     // the effective one, which `ps` and `top` show
  std::uint64_t swap_bytes = 0;  // 0 where the kernel does not tell (before 2.6.34)
};

// nullopt when the text names no user.
std::optional<ProcessStatus> parse_process_status(std::string_view text);

// How this machine counts; the same for all of its processes.
std::uint64_t ticks_per_second();
std::uint64_t page_size();  // bytes

// ProcessFiles: the files of processes below <root>/proc. Holds one open directory and one buffer. Not
// thread-safe; reading blocks as the files do.
class ProcessFiles {
 public:
  // What became of the last read() or for_each_socket().
  enum class Outcome {
    done,
    ended,    // there is no such process (any more)
    refused,  // this user may not look: /proc mounted with hidepid, or another user's descriptors
    failed    // anything else, such as too many open files
  };

  // "/host" as `root` is for a container in which the host's root is mounted there.
  explicit ProcessFiles(const std::filesystem::path& root = "/");
  ~ProcessFiles();
  ProcessFiles(const ProcessFiles&) = delete;
  ProcessFiles& operator=(const ProcessFiles&) = delete;

  // The ids of all processes that can be seen, mostly in ascending order. Not of one moment: a process that
  // starts meanwhile may be missing. Empty when there is no such directory.
  std::vector<int> ids() const;

  // The first `limit` bytes of a file of the process ("stat"), valid until the next read(). "" when it is
  // empty or cannot be read: outcome().
  std::string_view read(int pid, std::string_view file, std::size_t limit = 16 * 1024);

  // Calls `use` for each descriptor of the process that is a socket, with the socket's inode number, in
  // ascending order of descriptors.
  using UseSocket = std::function<void(int descriptor, std::uint64_t inode)>;
  void for_each_socket(int pid, const UseSocket& use);

  Outcome outcome() const { return outcome_; }

 private:
  int open(int pid, std::string_view file, int flags);

  int directory_ = -1;  // <root>/proc
  Outcome outcome_ = Outcome::done;
  std::vector<char> buffer_;
};

}  // namespace agent
