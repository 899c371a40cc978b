// PackedFiles: the compressed files of a reader, on their way from found to read.
//
//   waiting -> checking -> skipping -> reading -> done
//                 |  ^
//                 v  |
//             incomplete | copy | damaged | unreadable
//
// A file is read through once before any line of it is handed over: then it is known to be complete and
// undamaged, and what it is: a file that was read before as far as an entry of the checkpoint says and whose
// place it takes, a copy of a file that is open, which is read instead, or a new one. One file at a time is
// on its way, the oldest first, so that memory does not grow with their number.
//
// Belongs to its reader's thread; functions block for the time of their disk accesses.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint.hpp"
#include "packed_check.hpp"
#include "tailed_file.hpp"

namespace logkit {

// What they need of their reader.
struct PackedHost {
  // Opens what may be read. Not open: it has changed its place this moment. Throws Error.
  std::function<InputFile(const std::string& path, const FileKey& key)> open;
  // The files that are open, compressed ones, too.
  std::function<const std::vector<std::shared_ptr<TailedFile>>&()> files;
};

class PackedFiles {
 public:
  struct Ready {
    InputFile file;  // reads as its text
    FilePosition position;
  };
  struct Sight {
    bool is_covered = false;     // by the reader's pattern; others are only read if they are known
    bool is_urgent = false;      // the reader stands in it, or may: it comes before others
    bool starts_at_end = false;  // unless it is known
  };

  PackedFiles(Checkpoint& checkpoint, PackedHost host);

  // A discovery: the files that are there, and its end, which forgets the others.
  void see(const std::string& path, const FileFacts& facts, const Sight& sight);
  void end_discovery();
  // The file of that path may have grown.
  void touched(const std::string& path);

  // Files that can be gone on with now.
  std::size_t unread() const;
  // When the first of them was changed last, since 1970; nothing: there is none.
  std::optional<std::int64_t> oldest_change() const;
  // One of them comes before other files.
  bool has_urgent_work() const;
  // Goes on for a moment. A file that is ready to be read is handed over, and no other one is before it is
  // closed.
  std::optional<Ready> step();
  // The file was read to its end, or `problem` tells why not.
  void closed(const FileKey& key, const std::string& problem = {});

  // A file that is not complete or was not looked at yet may be the copy of the entry's file.
  bool needs(const FilePosition& position) const;

  // Not complete yet.
  std::size_t incomplete() const;
  // Found to be damaged, since the start.
  std::uint64_t damaged() const { return damaged_; }
  // What is wrong with the files that are there; "" when nothing is.
  std::string problem() const;

 private:
  enum class State {
    waiting,
    checking,
    skipping,
    reading,
    done,
    incomplete,  // until it grows
    copy,        // of the file `twin`, which is open
    damaged,     // until it changes
    unreadable,  // until the next discovery
  };
  struct Packed {
    std::string path;
    FileFacts facts;
    Sight sight;
    State state = State::waiting;
    bool is_seen = true;
    bool is_resumed = false;  // `check` went on from where it was
    std::string problem = {};
    std::unique_ptr<PackedCheck> check = nullptr;
    FilePosition position = {};
    InputFile file = {};
    std::shared_ptr<PackedText> text = nullptr;
    std::string twin = {};
    std::uint64_t twin_generation = 0;
  };

  static bool can_go_on(const Packed& packed);
  Packed* current();
  void begin(Packed& packed);
  void check(Packed& packed);
  void recognize(Packed& packed);
  void describe(Packed& packed, InputFile& file, FilePosition position, const PackedFacts& facts);
  void settle(Packed& packed, InputFile file, const FilePosition& position, const PackedFacts& facts);
  bool settle_known(Packed& packed, InputFile& file);
  void fail(Packed& packed, bool is_damage, const std::string& problem);
  void look_at_twin(Packed& packed);
  void forget_kept_checks();
  std::vector<FilePosition> find_origins(const Packed& packed, const std::string& head) const;
  FilePosition first_position(const Packed& packed, const PackedFacts& facts) const;
  std::optional<FilePosition> best_origin(const Packed& packed, bool& is_unsure) const;
  std::shared_ptr<TailedFile> find_twin(const Packed& packed) const;
  std::shared_ptr<TailedFile> find_open(const std::string& id) const;

  Checkpoint& checkpoint_;
  PackedHost host_;
  std::map<FileKey, Packed> packed_;
  std::optional<FileKey> current_;
  std::uint64_t damaged_ = 0;
};

}  // namespace logkit
