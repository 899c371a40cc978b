// The files of the machine, for a server: list, receive, send (messages 20 to 27).
#pragma once

#include <agent/agent.hpp>
#include <agent/files.hpp>
#include <agent/turns.hpp>
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
          "directories that files may be listed, read and written in, links resolved; empty: everywhere");
  }
  void check(agent::Settings& settings) const;
};

// Files that travel at a time: each holds up to a megabyte of memory.
inline constexpr std::size_t kMaxTransfers = 32;
// Further ones wait for their turn. A server waits a minute for an answer and tells its caller then that
// there was none: after that nothing must happen.
inline constexpr std::size_t kMaxWaitingTransfers = 1000;
inline constexpr std::chrono::seconds kLongestTransferWait{50};
// What waits with its content in the message, as uploads of up to a megabyte do, holds no more than this.
inline constexpr std::size_t kMaxWaitingContent = 64 * 1024 * 1024;

// What the handlers share. Lives as long as the agent.
struct FileArea {
  FileArea(agent::Agent& the_agent, Uploads& the_uploads) : agent(the_agent), uploads(the_uploads) {}
  FileArea(const FileArea&) = delete;
  FileArea& operator=(const FileArea&) = delete;

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
agent::Task<agent::Turns::Turn> take_transfer_turn(FileArea* area, agent::Call call, std::size_t content);

// The path that a request names: as it is listed, or exactly these bytes. Blocks on the file system.
std::string asked_path(const std::string& path, bool is_encoded);

// Before the agent runs; `area` must outlive it.
void add_file_handlers(FileArea& area);
