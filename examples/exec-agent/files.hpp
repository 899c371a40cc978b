// The files of the machine, for a server: list, receive, send (messages 20 to 27).
#pragma once

#include <agent/agent.hpp>
#include <agent/files.hpp>
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
};

// More files at once than this are refused: each holds up to a megabyte of memory.
inline constexpr std::size_t kMaxTransfers = 32;

// What the handlers share. Lives as long as the agent.
struct FileArea {
  FileArea(agent::Agent& the_agent, Uploads& the_uploads) : agent(the_agent), uploads(the_uploads) {}
  FileArea(const FileArea&) = delete;
  FileArea& operator=(const FileArea&) = delete;

  agent::AllowedDirectories allowed() const { return agent::AllowedDirectories(rules.directories); }

  agent::Agent& agent;
  Uploads& uploads;  // what $$TMP$$ stands for
  FileRules rules;
  std::size_t transfers = 0;  // that are running
};

// Transfer: one of the kMaxTransfers. Throws Errc::busy when there are that many.
class Transfer {
 public:
  explicit Transfer(FileArea& area);
  ~Transfer() { --area_.transfers; }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

 private:
  FileArea& area_;
};

// Before the agent runs; `area` must outlive it.
void add_file_handlers(FileArea& area);
