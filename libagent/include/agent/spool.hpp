// Spool: a bounded queue of records on disk, for what must not be lost while nobody takes it: reports, log
// lines. Agent::report() (agent/agent.hpp) uses one; agents with a transport of their own use it directly.
//
//   agent::Spool spool({.directory = "/var/lib/my-agent/lines"});
//   spool.append(lines);                                      // one write for all of them
//   for (agent::SpoolRecord& record : spool.read(next, 64, 256 * 1024)) send(record);
//   spool.release(number);                                    // the peer has everything up to this one
//
// Records are bytes with a number: 1, 2, 3 … for the life of the spool. A number is never used for a second
// record, also after a restart, so that a receiver who knows the spool's id and the highest number that it
// has can drop what comes again. Numbers may skip, by a lot after the machine has restarted.
//
// What is promised of a record whose append() has returned:
//   - It survives the end of the process at any moment, kill -9 included. What the process was writing then
//     is dropped when the spool is opened again; nobody has got a number for it.
//   - A power failure or a crash of the system may take what sync() has not covered. No number comes back.
//   - It is read unchanged or not at all: each record has a checksum. Damage costs the records that it hit.
//   - It is there until it is released, or gives way because the bound is reached: the oldest go first, a
//     file of them at a time. dropped() counts what gave way and what was damaged.
//   - A full disk takes nothing away: append() says that the new record found no place.
//
// On disk: `position`, 128 bytes, and files of records, named for their first number, which are rolled at
// `file_size`. The directory has mode 0700 and belongs to one spool of one process at a time.
//
// Threads: one may read while another appends or releases; more than one reader, or two that append, take
// turns. All functions block for the time of their disk accesses: append() and release() write to the
// system's cache, which costs microseconds, read() may wait for the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/units.hpp"

namespace agent {

struct SpoolOptions {
  std::string directory;         // made when it is missing, and what is above it
  Bytes size{16 * 1024 * 1024};  // of all files; at least 64Ki
  Bytes file_size{};             // at which a file is rolled; 0: a sixteenth of `size`, 16Mi at most
};

struct SpoolRecord {
  std::uint64_t number;
  std::string data;
};

class Spool {
 public:
  // Opens the spool of the directory, or makes one. Throws Errc::io, and Errc::busy when it is open already,
  // in this process or another.
  explicit Spool(const SpoolOptions& options);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Sixteen hex digits, random, for the life of the spool: a directory that was emptied has another one.
  const std::string& id() const;

  // Appends all records, or none, with one write, and returns the number of the last one; the others have
  // those before it. 0: there is no place, because the disk is full or fails, or because they have more than
  // half of the spool's size. Nothing has changed then, and problem() has the reason.
  std::uint64_t append(std::span<const std::string_view> records);
  std::uint64_t append(std::string_view record) { return append(std::span(&record, 1)); }

  // Records from this number on, in order; older ones than the spool has are passed over. At most so many
  // records and bytes of them, but one record in any case if there is one. Reading on where the last read
  // ended is cheap; elsewhere the file is searched. What cannot be read is passed over and counted.
  std::vector<SpoolRecord> read(std::uint64_t from, std::size_t most_records, std::size_t most_bytes);

  // Records up to this number are not needed any more. Their files go when all in them have been released.
  void release(std::uint64_t up_to);

  // Returns when everything that was appended and released is on the disk. Throws Errc::io.
  void sync();

  // The number below which everything has been released or dropped.
  std::uint64_t first() const;
  // The number of the next record, at least; nothing has been appended from here on.
  std::uint64_t next() const;
  // Records that gave way or were damaged, since the spool was made. A record that is dropped while it is on
  // its way to the peer counts.
  std::uint64_t dropped() const;
  // Bytes of all files.
  std::uint64_t bytes() const;
  // Why the last append() found no place; "" when it did.
  std::string problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent
