// StreamSource: what a runner reads that cannot be read again, by the options of its reader (docs/logs.md):
// the standard input, what a script writes, or what others send to a socket. Pure.
#pragma once

#include <agent/units.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "cron_times.hpp"
#include "frame_splitter.hpp"
#include "line_source.hpp"
#include "stream_address.hpp"

namespace logkit {

enum class StreamMode { standard_input, script, socket };

struct SocketOptions {
  StreamAddress address;
  std::size_t max_connections = 256;
  std::chrono::nanoseconds read_timeout{};  // for a connection that sends nothing; 0: none
  std::chrono::nanoseconds keep_alive = std::chrono::minutes(5);  // 0: none
  std::size_t receive_buffer = 4 * 1024 * 1024;                   // of datagrams, as far as the system allows
  unsigned permissions = 0660;                                    // of a unix socket
};

struct ScriptOptions {
  std::string path;                // absolute
  std::string shell;               // that runs it: a shell of the system, "" for none
  std::string interpreter;         // another program that runs it; where it may be says ScriptRights
  std::optional<CronTimes> times;  // none: it runs once
  bool runs_at_start = true;
  std::chrono::nanoseconds timeout = std::chrono::minutes(1);
  std::uint64_t max_output = 64 * 1024 * 1024;  // bytes of a run
};

struct StreamSource : LineSource {
  StreamMode mode = StreamMode::standard_input;
  std::string name;  // "stdin", the script's path, or the address
  Framing framing = Framing::line;
  SocketOptions socket;
  ScriptOptions script;
  agent::Bytes spool_size{64 * 1024 * 1024};
};

// Whether the reader's mode is one of these.
bool is_stream_mode(const PartOptions& options);

// `is_syslog`: the parser is that of syslog, whose messages then have the framing of syslog by default.
// Throws Errc::bad_config.
StreamSource read_stream_source(const PartOptions& options, std::size_t max_line, bool is_syslog);

}  // namespace logkit
