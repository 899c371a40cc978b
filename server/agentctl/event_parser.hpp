// EventParser: the events of a text/event-stream (HTML standard, 9.2.6), piece by piece. No I/O.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentctl {

struct StreamEvent {
  std::string name;  // "message" when the stream does not say
  std::string data;  // its lines, joined by '\n'
  std::string id;    // the last one that was sent, "" before
};

class EventParser {
 public:
  // Longest line; beyond it Errc::too_large.
  static constexpr std::size_t kLongestLine = std::size_t{64} << 20;

  // Takes the next bytes, whatever their borders, and returns the events that end in them. An event that is
  // cut off is none. Comments are dropped.
  std::vector<StreamEvent> feed(std::string_view bytes);

 private:
  void take_line(std::string_view line, std::vector<StreamEvent>& out);

  std::string line_;  // begun
  StreamEvent event_;
  bool has_data_ = false;
};

}  // namespace agentctl
