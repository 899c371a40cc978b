// The bytes of a Spool (agent/spool.hpp). Pure functions. Numbers are little-endian; checksums are CRC-32.
//
//   file of records   head: "agspool1", spool, first, after, checksum of these
//                     records, one behind the other
//   record            checksum of the three that follow, length, number, checksum of the data, the data
//   position          two slots of 64 bytes, written in turn: the one that counts is the valid one with the
//                     higher turn, so that a write which is broken off costs nothing
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent::spool {

inline constexpr std::size_t kFileHeadSize = 36;
inline constexpr std::size_t kRecordHeadSize = 20;
inline constexpr std::size_t kSlotSize = 64;

struct FileHead {
  std::uint64_t spool = 0;  // the id
  std::uint64_t first = 0;  // number of the first record
  std::uint64_t after = 0;  // the highest number that was in use before the file: those between are skipped
};
std::string encode_head(const FileHead& head);
std::optional<FileHead> decode_head(std::string_view bytes);  // nullopt: not a valid one

struct Position {
  std::uint64_t spool = 0;
  std::uint64_t turn = 0;
  std::uint64_t gone = 0;     // the highest number that was released or dropped
  std::uint64_t judged = 0;   // up to here damaged records have been counted
  std::uint64_t dropped = 0;  // Spool::dropped()
  std::uint64_t boot = 0;     // boot_number() when it was opened
};
std::string encode_position(const Position& position);  // kSlotSize bytes
// The slot that counts.
std::optional<Position> decode_positions(std::string_view bytes);

void append_record(std::string& out, std::uint64_t number, std::string_view data);

// What stands at the beginning of some bytes of a file.
struct Step {
  enum class Kind {
    record,   // a whole record of `size` bytes
    damaged,  // `size` bytes to pass over
    cut_off,  // more is needed: at least `size` bytes
  };
  Kind kind = Kind::cut_off;
  std::size_t size = kRecordHeadSize;
  std::uint64_t number = 0;
  std::string_view data{};
};
// `after`: the number of the record before; a record has a higher one.
Step read_step(std::string_view bytes, std::uint64_t after);

}  // namespace agent::spool
