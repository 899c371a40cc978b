// FileReader: the files of a runner, found, followed and read in turn.
//
// Compressed files are read, too, once they are complete (packed_files.hpp): those that the pattern covers,
// and copies of files that the reader had not finished, wherever they are in the files' directories.
//
// Finding and following go on while nothing is read: discover() keeps every file open that lines may be
// missing from, also when it was renamed or deleted meanwhile. Belongs to its runner's thread; functions
// block for the time of their disk accesses.
#pragma once

#include <agent/files.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkpoint.hpp"
#include "file_source.hpp"
#include "known_files.hpp"
#include "moved_files.hpp"
#include "own_files.hpp"
#include "packed_files.hpp"
#include "read_order.hpp"
#include "tailed_file.hpp"

namespace logkit {

// What a runner may read, and what it must not.
struct ReadRights {
  agent::AllowedDirectories roots;
  std::shared_ptr<const OwnFiles> own;
};

struct ReadCounts {
  std::uint64_t truncations = 0;
  std::uint64_t lost_bytes = 0;        // that were cut off a file before they were read
  std::uint64_t given_up_files = 0;    // that were deleted, by DeletedLimits
  std::uint64_t given_up_bytes = 0;    // in them that were not read
  std::uint64_t repaired_lines = 0;    // with bytes that are no characters
  std::uint64_t damaged_files = 0;     // compressed ones
  std::uint64_t incomplete_files = 0;  // compressed ones whose end is awaited, at present
};

struct LagAge {
  std::chrono::nanoseconds age{};
  bool is_least = false;  // it may be more: lines came before somebody was there to see it
};

class FileReader {
 public:
  FileReader(FileSource source, ReadRights rights, Checkpoint& checkpoint);

  // Looks for files that are new, renamed, gone or truncated. What goes wrong is in problem().
  void discover(SteadyTime now);
  // The file of that path may have changed: it has grown, or was truncated.
  void touched(const std::string& path);
  // The same for all files. One that has grown without touched() is silent until that is called for it.
  void look();
  // The same for those that nobody may tell of: silent ones, and those that have lost their names.
  void look_at_silent();
  // Where changes are to be watched for.
  std::set<std::string> directories() const;
  // Hands over the lines of at most one block of one file; the files take turns. False: no file has any.
  bool read(SteadyTime now, const LineSink& sink);
  // Hands over what has no line end yet, of one file; for a reader that ends. False: no file has any.
  bool end_lines(const LineSink& sink);

  // Before lines of the file go anywhere: the checkpoint gets to know its generation, and a fingerprint that
  // tells its content from another, if it has none yet. Otherwise a position could mean two lines. Throws
  // Errc::io.
  void remember(TailedFile& file);
  // Lines up to these positions have been delivered. Writes the checkpoint.
  void delivered(const std::vector<FilePosition>& positions);

  // Everything that is there was handed over, but for lines without an end.
  bool is_drained() const;
  std::uint64_t lag_bytes() const;
  std::uint64_t lag_files() const;
  // How long the oldest line that was not read has waited; 0: there is none.
  LagAge lag_age(SteadyTime now) const;
  std::size_t open_files() const { return files_.size(); }
  // At most `count` open files, those with the most bytes that were not read. Valid until the reader does
  // anything.
  std::vector<const TailedFile*> most_behind(std::size_t count) const;
  // Files that have no name any more, and the bytes in them.
  std::size_t detached_files() const;
  std::uint64_t detached_bytes() const;
  ReadCounts counts() const;
  // The last thing that went wrong; "" when all is well.
  const std::string& problem() const { return problem_; }
  const FileSource& source() const { return source_; }

 private:
  using Files = std::vector<std::shared_ptr<TailedFile>>;

  void look_at_file(TailedFile& file);
  bool read_file(TailedFile& file, SteadyTime now, const LineSink& sink);
  void find_moved(SteadyTime now);
  bool note_copies(const FilePosition& position, const std::string& path, CopySearch& search);
  void look_for_copies();
  void note_copy(const std::string& path);
  void look_for(const std::string& path, SteadyTime now);
  InputFile open_file(const std::string& path, const FileKey& key);
  bool go_on_with_packed(SteadyTime now, bool is_urgent);
  void drop_broken();
  void open(const std::string& path, const FileKey& key, SteadyTime now);
  void drop_own();
  bool skips_old() const { return is_first_ && source_.from_newest && checkpoint_.is_new(); }
  void update_names();
  void close_finished(SteadyTime now);
  void give_up_deleted(SteadyTime now);
  void forget(const std::string& id);
  void forget_gone();
  std::shared_ptr<TailedFile> find(const std::string& id) const;
  void note(std::string problem);
  void drop(std::size_t index);

  FileSource source_;
  ReadRights rights_;
  Checkpoint& checkpoint_;
  Files files_;
  KnownFiles known_;
  PackedFiles packed_;
  std::map<FileKey, std::string>
      copies_;  // paths of compressed files, whether the pattern covers them or not
  std::weak_ptr<TailedFile> open_packed_;
  std::pair<std::shared_ptr<TailedFile>, std::string> broken_;  // a compressed file, and why
  bool is_turn_of_packed_ = false;
  std::map<FileKey, std::shared_ptr<TailedFile>> by_key_;
  std::unordered_map<std::string, std::weak_ptr<TailedFile>> by_path_;
  std::set<FileKey> seen_;  // of this discovery
  std::uint64_t own_additions_ = 0;
  ReadOrder order_;
  bool is_first_ = true;
  SteadyTime next_cleaning_{};
  std::string problem_;
  std::string found_problem_;
  ReadCounts closed_;
};

}  // namespace logkit
