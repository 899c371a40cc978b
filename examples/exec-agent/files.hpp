// The files of the machine, for a server: list, receive, send (messages 20 to 27).
#pragma once

#include <agent/agent.hpp>
#include <agent/files.hpp>
#include <cstddef>
#include <string>
#include <vector>

// What the agent's configuration says about files.
struct FileRules {
  std::vector<std::string> directories;

  static void fields(auto& field) {
    field("file.directories", &FileRules::directories,
          "directories that files may be listed, read and written in, links resolved; empty: everywhere");
  }
};

// PrivateDirectory: what $$TMP$$ stands for. Called on threads of the offload pool.
class PrivateDirectory {
 public:
  // A directory that only the agent can enter (0700), for one upload. Throws Errc::io.
  virtual std::string make() = 0;
  // `file` has been received there.
  virtual void received(const std::string& file) = 0;

 protected:
  ~PrivateDirectory() = default;
};

// More files at once than this are refused: each holds up to a megabyte of memory.
inline constexpr std::size_t kMaxTransfers = 32;

// What the handlers share. Lives as long as the agent.
struct FileArea {
  FileArea(agent::Agent& the_agent, PrivateDirectory& the_temporary)
      : agent(the_agent), temporary(the_temporary) {}
  FileArea(const FileArea&) = delete;
  FileArea& operator=(const FileArea&) = delete;

  agent::AllowedDirectories allowed() const { return agent::AllowedDirectories(rules.directories); }

  agent::Agent& agent;
  PrivateDirectory& temporary;
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
