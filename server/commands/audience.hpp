// Audience: who watches a command and who types, while it runs: one writer at a time, and how far the fastest
// of them has come. Pure; belongs to the command's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace server {

// Bytes of output that may be ahead of the fastest viewer: beyond, the program waits.
inline constexpr std::uint64_t kOutputAhead = 256 * 1024;
// A viewer that is so far behind the output, while another one is not, jumps to the present.
inline constexpr std::uint64_t kFarBehind = 1024 * 1024;
// Clients whose input is counted, those that have left included.
inline constexpr std::size_t kCountedClients = 16;

class Audience {
 public:
  using Seat = std::uint64_t;  // a viewer's number; 0 is nobody

  // `client`: its own name for itself, which it has again when it comes back, or "". `seen`: byte of the
  // output at which it begins. `types`: it becomes the writer if there is none, or if the client itself is.
  // If it types, viewers of the same client that are there already never write again.
  Seat join(std::string client, std::string who, std::uint64_t seen, bool types);
  void leave(Seat seat);
  // It becomes the writer; the one before is one no more. False: its client has a newer connection.
  bool take_over(Seat seat);

  bool is_empty() const { return viewers_.empty(); }
  Seat writer() const { return writer_; }
  // The name of its token, or its address.
  std::string_view writer_name() const;

  // The viewer has been shown everything up to this byte.
  void saw(Seat seat, std::uint64_t offset);
  // The one that has seen most.
  std::uint64_t fastest() const;
  // Where a viewer at `offset` goes on: there, or behind a jump. `total`: of the output; `keeps`: bytes
  // before its end that a jump leaves.
  std::uint64_t next_for(std::uint64_t offset, std::uint64_t total, std::uint64_t keeps) const;

  // Input of the client that was taken, over all of its connections. nullopt: nothing is known of it.
  std::optional<std::uint64_t> typed(std::string_view client) const;
  void count_typed(Seat seat, std::size_t bytes);

  // ---- messages of the agent

  // Message `seq` ends at byte `end` of the output.
  void note(std::uint64_t seq, std::uint64_t end);
  // The highest message up to `seq` that may be acknowledged: the output behind it is not too far ahead.
  std::uint64_t may_acknowledge(std::uint64_t seq);

 private:
  struct Viewer {
    Seat seat = 0;
    std::string client;
    std::string who;
    std::uint64_t seen = 0;
    bool types = false;
    bool is_replaced = false;  // its client has joined again
  };
  // The client comes anew, to type. True: it was the writer.
  bool replace(std::string_view client);
  Viewer* find(Seat seat);

  std::vector<Viewer> viewers_;
  // Lists, of which an empty one takes no memory elsewhere: most commands have nobody here.
  std::list<std::pair<std::string, std::uint64_t>> typed_;    // the latest client last
  std::list<std::pair<std::uint64_t, std::uint64_t>> noted_;  // not acknowledged
  Seat writer_ = 0;
  Seat last_ = 0;
};

}  // namespace server
