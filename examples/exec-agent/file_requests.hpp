// The files of the machine, for a server: list, receive, send (messages 20 to 27).
#pragma once

#include <agent/agent.hpp>
#include <agent/files.hpp>
#include <agent/turns.hpp>
#include <agent/wire/file.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "uploads.hpp"

// What the agent's configuration says about files.
struct FileRules {
  std::vector<std::string> directories;

  static void fields(auto& field) {
    field("file.directories", &FileRules::directories,
          "directories in which files may be listed, read and written; links are resolved; empty: everywhere",
          agent::FieldRules{.kind = agent::ValueKind::path, .absolute = true, .category = "files"});
  }
};

// Files that travel at a time: each holds up to a megabyte of memory.
inline constexpr std::size_t kMaxTransfers = 32;
// Further ones wait for their turn. A server waits a minute for an answer and tells its caller then that
// there was none: after that nothing must happen.
inline constexpr std::size_t kMaxWaitingTransfers = 1000;
inline constexpr std::chrono::seconds kLongestTransferWait{50};
// What waits with its content in the message, as uploads of up to a megabyte do, holds no more than this.
inline constexpr std::size_t kMaxWaitingContent = 64 * 1024 * 1024;

// The files that a server may ask for, and what the handlers of its requests share. Lives as long as the
// agent.
struct ServedFiles {
  ServedFiles(agent::Agent& the_agent, Uploads& the_uploads) : agent(the_agent), uploads(the_uploads) {}
  ServedFiles(const ServedFiles&) = delete;
  ServedFiles& operator=(const ServedFiles&) = delete;

  agent::AllowedDirectories allowed() const { return agent::AllowedDirectories(rules.directories); }

  agent::Agent& agent;
  Uploads& uploads;  // what $$TMP$$ stands for
  FileRules rules;
  agent::Turns transfers{kMaxTransfers, kMaxWaitingTransfers};
  std::size_t waiting_content = 0;  // bytes
};

// The turn of a transfer that holds `content` bytes while it waits, in the order of the requests. Throws
// Errc::too_many when too many wait already and when none came within kLongestTransferWait, disconnected when
// nobody waits for the answer any more.
agent::Task<agent::Turns::Turn> take_transfer_turn(ServedFiles* files, agent::Call call, std::size_t content);

// The path that a request names: as it is listed, or exactly these bytes. Blocks on the file system.
std::string asked_path(const std::string& path, bool is_encoded);

// ls_req (20) is answered with ls_rep (21), upload (22) with upload_rep (23), download_req (24) with
// download_rep (25) and the content (26), or 27 when it breaks off.
agent::Task<> list_files(ServedFiles* files, agent::wire::LsRequest request, agent::Call call);
agent::Task<> receive_file(ServedFiles* files, agent::wire::Upload request, agent::Call call);
agent::Task<> send_file(ServedFiles* files, agent::wire::DownloadRequest request, agent::Call call);

// Before the agent runs; `files` must outlive it.
void add_file_handlers(ServedFiles& files);
