// RecordSender: where records go. One object for each entry of "senders", used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "examples/logkit-agent/run/batch.hpp"
#include "examples/logkit-agent/run/part_options.hpp"

namespace logkit {

struct SendResult {
  enum class Kind {
    taken,
    again,      // not now; the same records are tried again
    too_large,  // fewer at once may be taken
    refused,    // one of the records is not acceptable; the only one if there is no other
  };
  Kind kind = Kind::taken;
  std::string reason;               // why it was not taken
  std::chrono::nanoseconds wait{};  // that the receiver asks for; 0: it does not say
};

// Records of a batch, by their numbers.
struct Selection {
  const Batch& batch;
  std::span<const std::uint32_t> records;
};

struct DeliveryCounts {
  std::uint64_t records = 0;       // taken
  std::uint64_t errors = 0;        // records of attempts that failed, and those that were refused
  std::uint64_t dead_letters = 0;  // refused
  std::string last_error;
  // "closed": the last attempt was good; "open": it failed, and the next one waits; "half-open": it is made
  std::string circuit = "closed";
  std::uint64_t queue_bytes = 0;  // on disk, of records that were not taken
  std::uint64_t dropped = 0;      // records that the queue had no room for, or lost by damage
};

class RecordSender {
 public:
  virtual ~RecordSender() = default;
  // Returns when the records are where they belong, or why they are not. Nothing of them counts as taken
  // unless all do. May block for as long as the receiver takes, up to the sender's own time-out.
  virtual SendResult send(const Selection& selection) = 0;
  // Ends a send() that waits for its receiver, within a second; it returns `again` then. Any thread.
  virtual void interrupt() {}
  // Nothing that it has taken is still on its way.
  virtual bool is_idle() const { return true; }
  // What a sender knows about its records beyond what its send() returned.
  virtual void add_counts(DeliveryCounts&) const {}
  // send() only takes a moment: it needs no thread of its own.
  virtual bool is_instant() const { return false; }
};

// Where senders may write, and who is told of it.
struct WriteRights;

// `options`: an entry of "senders". Throws Errc::bad_config, for an unknown sender_type with the list of the
// known ones.
std::unique_ptr<RecordSender> make_sender(const PartOptions& options, const WriteRights& rights);

}  // namespace logkit
