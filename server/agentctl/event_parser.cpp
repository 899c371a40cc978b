#include "agentctl/event_parser.hpp"

#include <utility>

#include "agent/error.hpp"

namespace agentctl {

std::vector<StreamEvent> EventParser::feed(std::string_view bytes) {
  std::vector<StreamEvent> out;
  for (;;) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    line_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    take_line(line_, out);
    line_.clear();
  }
  line_ += bytes;
  if (line_.size() > kLongestLine)
    throw agent::Error(agent::Errc::too_large, "a line of the event stream has no end");
  return out;
}

void EventParser::take_line(std::string_view line, std::vector<StreamEvent>& out) {
  if (line.empty()) {
    if (has_data_) {
      if (event_.name.empty()) event_.name = "message";
      out.push_back(event_);
    }
    event_.name.clear();
    event_.data.clear();
    has_data_ = false;
    return;
  }
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_.name = value;
  if (field == "id") event_.id = value;
  if (field != "data") return;
  if (has_data_) event_.data += '\n';
  event_.data += value;
  has_data_ = true;
}

}  // namespace agentctl
