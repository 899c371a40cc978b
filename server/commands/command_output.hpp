// CommandOutput: the output of one command, written and read while it grows. Belongs to the command's loop.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "commands/command_services.hpp"
#include "commands/output_spool.hpp"
#include "net/loop.hpp"

namespace server {

class CommandOutput : public std::enable_shared_from_this<CommandOutput> {
 public:
  // `id`: of the command. `found`: the file that an earlier process left. `changed` is called, on the loop,
  // when something that waited for the disk is written, or was lost because it could not be.
  CommandOutput(std::shared_ptr<CommandServices> services, agent::net::Loop& loop, std::string id,
                std::shared_ptr<SpoolFile> found = nullptr);

  std::function<void()> changed;

  // What exceeds kSpoolMemory goes to the disk by itself.
  void append(std::string bytes, std::uint64_t seq);
  // Everything goes to the disk, whatever its size. Needs the loop to run.
  void write_all();
  // The same at once, when the loops have ended.
  void write_all_now();

  // The next bytes from `offset` on, at most `count`; "" when there are none (yet). Throws Errc::io.
  static agent::Task<std::string> read(std::shared_ptr<CommandOutput> self, std::uint64_t offset,
                                       std::size_t count);

  const Spool& spool() const { return spool_; }
  // It is small and whole, and nothing of it is on the disk: a record can have it.
  bool fits_record() const { return !on_disk_ && spool_.total() <= kSpoolInRecord && !spool_.is_truncated(); }
  // Bytes of memory.
  std::size_t memory() const { return spool_.held(); }
  // A part of it has gone there, or is about to. Any thread.
  bool is_on_disk() const { return on_disk_; }
  // Number of the last message that is on the disk.
  std::uint64_t written_seq() const { return written_seq_; }
  // Why the disk does not take any more, "" as long as it does.
  const std::string& fault() const { return fault_; }

  // Lets go of the file's descriptor: nothing more is expected. Whoever reads or writes opens the file again,
  // each time for itself.
  void rest();
  // Removes the file, now or as soon as the loop has finished writing it. Nothing is written any more.
  void discard();

 private:
  // The path of the file, which most outputs never need.
  std::string path() const { return services_->output_path(id_); }

  struct Written {
    std::shared_ptr<SpoolFile> file;
    std::string fault;
  };
  void begin_flush();
  static agent::Task<> flush(std::shared_ptr<CommandOutput> self);
  void end_flush(Written written);
  // `again`: the file is there, but not open.
  static Written write(std::shared_ptr<SpoolFile> file, const std::string& path, bool again,
                       const SpoolBatch& batch);

  const std::shared_ptr<CommandServices> services_;
  agent::net::Loop& loop_;
  const std::string id_;
  std::shared_ptr<SpoolFile> file_;  // none until it is made, and while it rests
  Spool spool_;
  std::uint64_t written_seq_;
  std::string fault_;
  std::atomic<bool> on_disk_;
  bool writes_all_ = false;
  bool rests_ = false;
  bool discarded_ = false;
};

}  // namespace server
