// Copying: what cp does with one machine. Small files are on their way beside each other, large ones by
// themselves. What fails is told, and the rest goes on.
//
// Belongs to the client's loop. Files that are under way when the loop ends leave nothing.
#pragma once

#include <cstddef>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/clock.hpp"
#include "agentctl/copy_meter.hpp"
#include "agentctl/ctl_verbs.hpp"
#include "agentctl/remote_files.hpp"
#include "base/event.hpp"

namespace agentctl {

class Copying : public std::enable_shared_from_this<Copying> {
 public:
  // Small files at once: an agent serves 32 transfers, of all of its clients.
  static constexpr std::size_t kAtOnce = 8;
  // Bytes of a file that is small.
  static constexpr std::uint64_t kSmall = 256 * 1024;

  // `label`: begins what is told, "" for the only machine.
  Copying(Tools tools, std::string agent, std::string label);
  Copying(const Copying&) = delete;
  Copying& operator=(const Copying&) = delete;

  // What the order says, its agents aside. True: all of it was done. Once.
  agent::Task<bool> run(CopyOrder order);

 private:
  agent::Task<> fetch_all(std::vector<Place> sources, std::string target);
  agent::Task<> send_all(std::vector<Place> sources, std::string target);
  agent::Task<> fetch_source(std::string path, const LocalTree* directory, std::string name);
  agent::Task<> fetch_entries(std::string path, std::vector<RemoteEntry> entries, const LocalTree* into,
                              int depth);
  agent::Task<> fetch_entry(std::string path, const RemoteEntry* entry, const LocalTree* into, int depth);
  agent::Task<> fetch_file(std::string path, const RemoteEntry* entry, const LocalTree* into,
                           std::string name);
  agent::Task<> receive(std::string path, agent::FileHandle directory, std::string name, unsigned mode,
                        std::size_t number);
  agent::Task<> send_source(std::string path, std::string directory, std::string name);
  agent::Task<> send_tree(std::string path, std::string directory);
  agent::Task<> send_entry(std::filesystem::directory_entry entry, std::string directory);
  agent::Task<> send_file(std::string path, std::string directory, std::string name);

  // Begins with a file as soon as there is room for it beside the others.
  agent::Task<> begin(std::size_t number, std::string shown, std::uint64_t size, agent::Task<> work);
  static agent::Task<> copy_one(std::shared_ptr<Copying> self, std::string shown, agent::Task<> work);
  void end(std::size_t number, std::size_t places, const std::exception_ptr& thrown);
  // Until nothing is under way.
  agent::Task<> finish();
  // The same between two sources that may have files of one name: the last one stays.
  agent::Task<> finish_before(std::string name);

  CopyProgress progress_of(std::size_t number);
  void draw();
  void pass_over(const std::string& what, std::string_view why);

  Tools tools_;
  const std::string label_;
  RemoteFiles files_;
  CopyMeter meter_;
  agent::Clock::time_point drawn_;
  std::vector<std::string> names_;               // of the sources until now
  std::map<std::string, std::string> unlisted_;  // sources, and why they are no directories
  std::size_t taken_ = 0;                        // of kAtOnce places
  agent::Event changed_;
  std::exception_ptr failure_;
  bool has_failed_ = false;
};

}  // namespace agentctl
