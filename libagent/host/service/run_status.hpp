// run_status: what a running program tells whoever asks on the same machine: one small file, status.json, in
// its run directory.
//
//   {"pid":4711,"start_ticks":82734,"started":1767000000000,"program":"exec-agent","version":"2.0.0","id":"n1",
//    "server":"wss://s.example:13081","connection":"away","since":1767000100000,
//    "problem":"connection_refused","reason":"connect s.example:13081: Connection refused"}
//
// The directory is the first of $RUNTIME_DIRECTORY, which a service manager has made (systemd.exec(5),
// RuntimeDirectory=); for root /run/<name>; for others <name> in $XDG_RUNTIME_DIR, and without that there is
// no file. The file has mode 0644, holds no secret, and is replaced as a whole, so that no reader sees half
// of it. It is gone once its program has ended well; what a program leaves that was killed is told by pid and
// start time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/json.hpp"

namespace agent::host {

// How a program stands to its network. The names are those of the file.
enum class Connection {
  connecting,  // an agent: the first attempt since the start is under way
  connected,   // an agent: to `server` as `id`
  away,        // an agent: no server can be reached, `reason` says why
  refused,     // an agent: a server answers and does not let it in, `reason` says why
  listening,   // a server: on `server`
  waiting,     // a server: `server` is no address of this machine yet
};

// What keeps an agent away, for whoever wants to say what to do next. The names are those of the file.
enum class Problem {
  none,
  name_not_found,      // the server's name has no address
  connection_refused,  // nothing listens there: most likely the port is wrong
  no_answer,           // unreachable, or silent
  not_a_server,        // something else listens there: a web server, another protocol, TLS or none
  certificate,         // the server's certificate is signed by nobody whom this machine trusts, or is bad
  certificate_name,    // it is for another name
  certificate_time,    // it has expired, or is not valid yet
  client_certificate,  // the server does not accept ours, or wants one
  token,               // the enrollment token is missing, wrong or revoked
  id_conflict,         // another agent of that id is connected, or owns the id
  refused,             // the server says no for another reason, or: later
  disconnected,        // the session ended
  other,               // `reason` says it
};

struct RunStatus {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;  // of the process, since boot (proc(5), field 22 of stat): pids come again
  std::int64_t started = 0;       // of the program; milliseconds since 1970
  std::string program;            // its name: "exec-agent"
  std::string version;
  std::string id;  // of an agent: the one that it has, or asks for; "" while there is none
  std::string
      server;  // of an agent: where it is connected, or was to be last; of a server: what it listens on
  Connection connection = Connection::connecting;
  std::int64_t since =
      0;  // of `connection`; away and refused: since there is no session; milliseconds since 1970
  Problem problem = Problem::none;
  std::string reason;  // away, refused, waiting: in plain words, one line; otherwise ""

  bool is_running = false;  // not in the file: the process that wrote it lives

  static void fields(auto& field) {
    field("pid", &RunStatus::pid);
    field("start_ticks", &RunStatus::start_ticks);
    field("started", &RunStatus::started);
    field("program", &RunStatus::program);
    field("version", &RunStatus::version);
    field("id", &RunStatus::id);
    field("server", &RunStatus::server);
    field("connection", &RunStatus::connection, "", FieldRules{.lenient = true});
    field("since", &RunStatus::since);
    field("problem", &RunStatus::problem, "", FieldRules{.lenient = true});
    field("reason", &RunStatus::reason);
  }
};

// The names above: "away", "name_not_found".
std::string_view to_string(Connection connection);
std::string_view to_string(Problem problem);
void read_json(json::Value value, Connection& out);  // throw Errc::bad_message for another word
void read_json(json::Value value, Problem& out);
void write_json(json::Writer& out, Connection value);
void write_json(json::Writer& out, Problem value);

// What the program `name` says of itself; of several the one that runs, or else what the last one has left,
// with is_running == false. nullopt: nothing is there that can be read. Looks at $RUNTIME_DIRECTORY,
// /run/<name> and $XDG_RUNTIME_DIR/<name>, whoever asks. A service manager that knows its pid compares: a
// second program of that name may have been started by hand.
std::optional<RunStatus> read_run_status(std::string_view name);
// The same of one directory.
std::optional<RunStatus> read_run_status_in(const std::string& directory);

// Where this process writes its own; "" = nowhere.
std::string run_directory(std::string_view name);

// The file of this process. Not thread-safe.
class RunStatusFile {
 public:
  // `directory`: run_directory(). Touches nothing.
  explicit RunStatusFile(std::string directory);
  // Removes the file if it is still this process's own, and the directory if write() has made it.
  ~RunStatusFile();
  RunStatusFile(const RunStatusFile&) = delete;
  RunStatusFile& operator=(const RunStatusFile&) = delete;

  // Puts `status`, with this process's pid and start time, in place of what is there, and makes the directory
  // (0755) when it is missing. The file of another process of that name that lives stays as it is, unless
  // $RUNTIME_DIRECTORY says that the directory is ours. Takes some ten microseconds, without a sync: the
  // directory is in memory. Whoever cannot write goes on without: one debug line says so.
  void write(RunStatus status);

 private:
  bool is_mine() const;
  void replace(const std::string& text);

  const std::string directory_;
  const std::string path_;
  bool is_ours_ = false;  // the directory was made for this process
  bool complained_ = false;
  bool made_ = false;  // the directory
  bool wrote_ = false;
};

}  // namespace agent::host
